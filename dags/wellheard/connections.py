"""What is needed to reach a vendor or a mail server, as an Airflow connection holds it.

The library never imports Airflow: a DAG hands the fields over, and the command line reads the same
`AIRFLOW_CONN_<ID>` variables Airflow itself reads (JSON or URI).
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from wellheard.errors import ConfigError

_TEXTS = ("host", "login", "password", "schema", "conn_type")


@dataclass(frozen=True)
class Connection:
    """One Airflow connection. Secrets never show in its repr."""

    id: str
    host: str = ""
    login: str = ""
    password: str = field(default="", repr=False)
    port: int | None = None
    schema: str = ""
    conn_type: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def base_url(self) -> str:
        """Scheme, host and port without a trailing slash; https unless the schema says http."""
        host = self.host.rstrip("/")
        if "://" not in host:
            host = f"{self.schema or 'https'}://{host}"
        if not self.port:
            return host
        scheme, _, rest = host.partition("://")
        name, slash, path = rest.partition("/")
        return f"{scheme}://{name}:{self.port}{slash}{path}"


def is_loopback(host: str) -> bool:
    """Whether what is sent to a host never leaves this machine."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class NotSet(ConfigError):
    """No such connection here; Airflow's own store may hold it all the same."""


def from_environment(connection_id: str, environ: Mapping[str, str] | None = None) -> Connection:
    """Read the connection from `AIRFLOW_CONN_<ID>`.

    Raises ConfigError that names the variable when it cannot be read, NotSet when it is missing.
    """
    variable = f"AIRFLOW_CONN_{connection_id.upper()}"
    text = (os.environ if environ is None else environ).get(variable, "").strip()
    if not text:
        raise NotSet(
            f"connection {connection_id!r} is not set: add it in Airflow (Admin, Connections), "
            f"or set {variable} for the command line, for example "
            f'{variable}=\'{{"host": "...", "login": "...", "password": "..."}}\''
        )
    return (
        _from_json(connection_id, variable, text)
        if text.startswith("{")
        else _from_uri(connection_id, variable, text)
    )


def _object(extra: Any) -> dict[str, Any]:
    if not isinstance(extra, dict):
        raise TypeError
    return extra


def _from_json(connection_id: str, variable: str, text: str) -> Connection:
    try:
        fields = json.loads(text)
        extra = fields.get("extra") or {}
        extra = _object(json.loads(extra) if isinstance(extra, str) else extra)
        port = int(fields["port"]) if fields.get("port") else None
        texts = {name: fields.get(name) or "" for name in _TEXTS}
        if not all(isinstance(value, str) for value in texts.values()):
            raise TypeError
    except (ValueError, TypeError):
        raise ConfigError(
            f"{variable} is not valid JSON of an Airflow connection: {', '.join(_TEXTS)} are texts "
            "in quotes, port is a number and extra an object"
        ) from None
    return Connection(connection_id, port=port, extra=extra, **texts)


def _from_uri(connection_id: str, variable: str, text: str) -> Connection:
    try:
        parts = urlsplit(text)
        port = parts.port
        extra: dict[str, Any] = dict(parse_qsl(parts.query))
        if "__extra__" in extra:
            extra = _object(json.loads(extra["__extra__"]))
    except (ValueError, TypeError):
        raise ConfigError(f"{variable} is not a valid connection URI") from None
    return Connection(
        id=connection_id,
        host=unquote(parts.hostname or ""),
        login=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        port=port,
        schema=unquote(parts.path.lstrip("/")),
        conn_type=parts.scheme,
        extra=extra,
    )
