"""Tokens signed with a private key of a connection (JSON Web Tokens, RFC 7519)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from wellheard.connections import Connection
from wellheard.errors import ConfigError

_KEYS = {"RS256": "an RSA", "ES256": "an elliptic-curve (P-256)"}


def signed(
    connection: Connection,
    title: str,
    key: str,
    claims: Mapping[str, object],
    *,
    algorithm: Literal["RS256", "ES256"],
    headers: Mapping[str, str] | None = None,
) -> str:
    """The claims as a token signed with a private key in PEM form.

    Raises ConfigError when the key cannot sign so; nothing of the key stands in its message.
    """
    import jwt

    try:
        return jwt.encode(
            dict(claims), key, algorithm=algorithm, headers=dict(headers) if headers else None
        )
    except (ValueError, TypeError, jwt.PyJWTError):
        raise ConfigError(
            f"the private key in the password of connection {connection.id!r} cannot be used: "
            f"{title} gives {_KEYS[algorithm]} key without a passphrase; copy its file again, from "
            "-----BEGIN to the end"
        ) from None
