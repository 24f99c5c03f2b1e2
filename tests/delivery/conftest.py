from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from certificates import Certificate, make_certificate
from delivery_world import World, make_settings
from ledgers import postgres_server
from mail_servers import PostOffice


@pytest.fixture
def post_office() -> Iterator[Callable[..., PostOffice]]:
    """Make mail servers; they end with the test."""
    offices: list[PostOffice] = []

    def make(**options: object) -> PostOffice:
        offices.append(PostOffice(**options))  # type: ignore[arg-type]
        return offices[-1]

    yield make
    for office in offices:
        office.close()


@pytest.fixture
def certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Certificate:
    """A certificate for localhost that this process trusts."""
    made = make_certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", made.chain)
    return made


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of a PostgreSQL server of this test run."""
    with postgres_server() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def ledger_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty ledger's URL, once per kind of database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'var' / 'ledger.sqlite'}"
    server = request.getfixturevalue("postgres")
    name = "ledger_" + hashlib.sha256(str(tmp_path).encode()).hexdigest()[:16]
    with psycopg.connect(server, autocommit=True) as db:
        db.execute(f"create database {name}".encode())
    return str(server).removesuffix("/postgres") + f"/{name}"


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path, make_settings(tmp_path))


@pytest.fixture
def on_ledger(tmp_path: Path, ledger_url: str) -> World:
    return World(tmp_path, make_settings(tmp_path, ledger_url))
