"""Where the ledger is kept: its tables, and how SQLite and PostgreSQL open and hold an edition."""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import URL, Dialect
from sqlalchemy.pool import NullPool

from wellheard.errors import ConfigError, DeliveryError
from wellheard.periods import as_utc

BUSY_SECONDS = 30
_URL_ADVICE = (
    "WELLHEARD_LEDGER_URL cannot be used: write sqlite:////path/to/ledger.sqlite "
    "or postgresql://user:password@host/database"
)


class Utc(sa.types.TypeDecorator[datetime]):
    """A moment in UTC; SQLite keeps no zone, so it is put back on reading."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return as_utc(value) if value is not None else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


metadata = sa.MetaData()


def _edition_columns() -> list[sa.Column[Any]]:
    return [
        sa.Column("report", sa.String(100), nullable=False),
        sa.Column("period", sa.String(10), nullable=False),
        sa.Column("audience", sa.String(100), nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
    ]


deliveries = sa.Table(
    "wellheard_deliveries",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    *_edition_columns(),
    sa.Column("recipient", sa.String(320), nullable=False),  # in small letters
    sa.Column("state", sa.String(10), nullable=False),
    sa.Column("message_id", sa.String(255), nullable=False),
    sa.Column("claimed_at", Utc, nullable=False),
    sa.Column("ended_at", Utc),
    sa.Column("detail", sa.Text, nullable=False, default=""),
    sa.UniqueConstraint("report", "period", "audience", "revision", "recipient"),
    sa.CheckConstraint("state in ('claimed', 'accepted', 'refused', 'unknown')"),
)
approvals = sa.Table(
    "wellheard_approvals",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    *_edition_columns(),
    sa.Column("pdf_sha256", sa.String(64), nullable=False),
    sa.Column("approved_by", sa.String(200), nullable=False),
    sa.Column("approved_at", Utc, nullable=False),
    sa.UniqueConstraint("report", "period", "audience", "revision"),
)
history = sa.Table(  # every step, never changed or removed; released claims show here alone
    "wellheard_delivery_history",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("at", Utc, nullable=False),
    *_edition_columns(),
    sa.Column("recipient", sa.String(320), nullable=False),
    sa.Column("event", sa.String(20), nullable=False),
    sa.Column("detail", sa.Text, nullable=False),
)


def open_engine(url: str) -> sa.Engine:
    """The database behind a URL; it is not connected to yet.

    Raises ConfigError for a URL that is neither SQLite nor PostgreSQL.
    """
    try:
        parsed = sa.make_url(url)
    except sa.exc.ArgumentError:
        raise ConfigError(_URL_ADVICE) from None
    if parsed.get_backend_name() == "sqlite" and parsed.database not in (None, "", ":memory:"):
        return _sqlite(parsed)
    if parsed.drivername in ("postgresql", "postgres", "postgresql+psycopg"):
        return _postgres(parsed.set(drivername="postgresql+psycopg"))
    raise ConfigError(_URL_ADVICE)


@contextmanager
def transaction(engine: sa.Engine) -> Iterator[sa.Connection]:
    """One transaction. An IntegrityError passes; any other failure is a DeliveryError."""
    try:
        with engine.begin() as db:
            yield db
    except sa.exc.IntegrityError:
        raise
    except sa.exc.DBAPIError as error:
        raise _unusable(engine.url, error) from None


@contextmanager
def hold(engine: sa.Engine, name: str, waiting: Callable[[], None]) -> Iterator[None]:
    """Hold a name against all other processes that use this database; waits for it.

    Calls `waiting` once before it waits. The hold ends with the process, however that ends.
    """
    way = _postgres_hold if engine.dialect.name == "postgresql" else _file_hold
    with way(engine, name, waiting):
        yield


def _sqlite(url: URL) -> sa.Engine:
    path = Path(url.database or "")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DeliveryError(
            f"the delivery ledger cannot be kept at {path}: {error.strerror}; nothing was sent"
        ) from None
    engine = sa.create_engine(url, poolclass=NullPool, connect_args={"timeout": BUSY_SECONDS})

    @sa.event.listens_for(engine, "connect")
    def _set_up(connection: Any, record: object) -> None:
        cursor = connection.cursor()
        cursor.execute("pragma journal_mode = wal")
        # A claim must outlive a power cut, or the message could be sent twice.
        cursor.execute("pragma synchronous = full")
        cursor.close()

    return engine


def _postgres(url: URL) -> sa.Engine:
    return sa.create_engine(
        url,
        poolclass=NullPool,
        connect_args={
            "connect_timeout": BUSY_SECONDS,
            # A claim must outlive a crash of the server, whatever its own default is.
            "options": "-c synchronous_commit=on -c idle_session_timeout=0",
        },
    )


@contextmanager
def _file_hold(engine: sa.Engine, name: str, waiting: Callable[[], None]) -> Iterator[None]:
    """A lock file beside the SQLite file; the kernel lets it go when the process ends."""
    database = Path(engine.url.database or "")
    folder = database.with_name(database.name + ".locks")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(folder / name.replace(" ", "."), os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise _unusable(engine.url, error) from None
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            waiting()
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


@contextmanager
def _postgres_hold(engine: sa.Engine, name: str, waiting: Callable[[], None]) -> Iterator[None]:
    """An advisory lock of the session; the server lets it go when the connection ends."""
    digest = hashlib.sha256(f"wellheard {name}".encode()).digest()
    number = int.from_bytes(digest[:8], "big", signed=True)
    try:
        connection = engine.connect().execution_options(isolation_level="AUTOCOMMIT")
    except sa.exc.DBAPIError as error:
        raise _unusable(engine.url, error) from None
    try:
        try:
            if not connection.scalar(sa.select(sa.func.pg_try_advisory_lock(number))):
                waiting()
                connection.execute(sa.select(sa.func.pg_advisory_lock(number)))
        except sa.exc.DBAPIError as error:
            raise _unusable(engine.url, error) from None
        yield
    finally:
        connection.invalidate()  # closes the session, and with it the lock


def _unusable(url: URL, error: Exception) -> DeliveryError:
    reason = getattr(error, "orig", None) or getattr(error, "strerror", None) or error
    first = (str(reason).strip().splitlines() or [type(error).__name__])[0]
    return DeliveryError(
        f"the delivery ledger at {url.render_as_string(hide_password=True)} cannot be used: {first}"
    )
