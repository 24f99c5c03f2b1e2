"""What a connection says about reaching a vendor, checked before anything is sent.

All functions raise ConfigError that names the connection and what to write into it.
"""

from __future__ import annotations

import base64
from urllib.parse import urlsplit

import httpx

from wellheard.connections import Connection, is_loopback
from wellheard.errors import ConfigError


def base_url(connection: Connection, default: str, title: str) -> str:
    """Where the vendor is reached: the connection's host, or the vendor's usual one."""
    if not connection.host and not default:
        raise ConfigError(
            f"connection {connection.id!r} has no host: put {title}'s address there, "
            "for example https://larkfield.zendesk.com"
        )
    url = connection.base_url if connection.host else default
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.username is None
        httpx.URL(url)
        _ = parts.port  # raises ValueError where it cannot be one
    except (ValueError, httpx.InvalidURL):
        usable = False
    if not usable:
        raise ConfigError(
            f"the host of connection {connection.id!r} is not an address; "
            "write it like https://larkfield.zendesk.com, without a login"
        )
    if parts.scheme == "http" and not is_loopback(parts.hostname or ""):
        raise ConfigError(
            f"the host of connection {connection.id!r} begins with http://, so the credentials "
            "would travel readable to all; write https://"
        )
    return url


def token(connection: Connection, title: str) -> str:
    """The API token, of characters that may stand in a header."""
    given = connection.password.strip()
    if not given:
        raise ConfigError(
            f"connection {connection.id!r} has no password: put {title}'s API token there, in "
            f"Airflow (Admin, Connections) or in AIRFLOW_CONN_{connection.id.upper()}"
        )
    if not (given.isascii() and given.isprintable()):
        raise ConfigError(
            f"the password of connection {connection.id!r} holds characters no API token has; "
            "copy the token again"
        )
    return given


def private_key(connection: Connection, title: str) -> str:
    """A private key in PEM form, kept as the password; line ends may be written as \\n."""
    given = connection.password.strip().replace("\\n", "\n")
    if not (given.startswith("-----BEGIN") and "PRIVATE KEY-----" in given):
        raise ConfigError(
            f"connection {connection.id!r} has no private key: put {title}'s key into its password "
            "as it stands in the file, from -----BEGIN to the end"
        )
    return given


def bearer(connection: Connection) -> dict[str, str]:
    """The header of those who take the password as an access token."""
    return {"Authorization": f"Bearer {connection.password.strip()}"}


def basic(login: str, password: str) -> dict[str, str]:
    """The header of HTTP Basic authentication."""
    return {"Authorization": f"Basic {base64.b64encode(f'{login}:{password}'.encode()).decode()}"}


def number(connection: Connection, key: str, default: float, least: float = 0.0) -> float:
    """A number above 0 from the connection's extra, `least` or more; the default where none is."""
    try:
        value = float(connection.extra.get(key, default))
    except (TypeError, ValueError):
        value = -1.0
    if not 0 <= value < float("inf") or (value == 0 and default) or 0 < value < least:
        raise ConfigError(
            f"connection {connection.id!r}: {key} in its extra must be a number "
            f"{f'from {least:g} on' if least else 'above 0'}, not {connection.extra.get(key)!r}"
        )
    return value
