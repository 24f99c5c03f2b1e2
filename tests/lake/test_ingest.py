"""Ingest refuses what cannot be meant before it reads, and lands all or nothing of a window."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from lake_world import DAY, NEXT_DAY, SEEN, page, visible_ids
from pydantic import BaseModel

from wellheard import ingest as ingest_module
from wellheard import sources
from wellheard.connections import Connection
from wellheard.errors import ConfigError, NotSettled, SourceError
from wellheard.ingest import configured, ingest
from wellheard.lake import as_lake
from wellheard.settings import Settings
from wellheard.sources.base import Page, Request, Source, Stream

CONNECTION = Connection("desk")


class NoOptions(BaseModel, extra="forbid"):
    """A connector without options."""


def _company(tmp_path: Path) -> Settings:
    (tmp_path / "wellheard.yml").write_text(
        "company: T\nreporting_zone: UTC\nsources:\n"
        "  desk: {history_start: 2026-10-01, connection: the_desk}\n"
        "  drops: {kind: file, mapping: m.yml, history_start: 2026-10-01}\n"
    )
    return Settings(company_dir=tmp_path, var=tmp_path / "var")


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Settings]:
    """A company whose source `desk` reads what a test says; streams tickets and users."""

    def company(read: Callable[[Request], Iterator[Page]]) -> Settings:
        source = Source(
            name="desk",
            title="A desk",
            options=NoOptions,
            streams=lambda options: (Stream("tickets"), Stream("users", settle=timedelta(hours=6))),
            read=read,
        )
        monkeypatch.setattr(sources, "get", lambda kind: source)
        return _company(tmp_path)

    return company


def _two_pages(request: Request) -> Iterator[Page]:
    yield page(1, [f"{request.stream.name}-1"])
    yield page(2, [f"{request.stream.name}-2"])


def test_every_stream_is_landed_with_its_counts(desk: Callable[..., Settings]) -> None:
    settings = desk(_two_pages)
    told: list[str] = []
    manifests = ingest(
        settings, "desk", DAY, connection=CONNECTION, extracted_at=SEEN, progress=told.append
    )
    assert [(m.stream, m.pages, m.sent, m.landed, m.end_signal) for m in manifests] == [
        ("tickets", 2, 2, 2, True),
        ("users", 2, 2, 2, True),
    ]
    assert manifests == as_lake(settings).manifests("desk")
    assert any("desk/tickets" in line and "landed 2 records" in line for line in told)


def test_streams_can_be_landed_one_by_one(desk: Callable[..., Settings]) -> None:
    settings = desk(_two_pages)
    ingest(
        settings,
        "desk",
        DAY,
        connection=CONNECTION,
        extracted_at=SEEN,
        streams=["users"],
        progress=lambda line: None,
    )
    assert visible_ids(as_lake(settings)) == ["users-1", "users-2"]


def test_a_read_that_breaks_off_lands_nothing_of_its_window_and_keeps_the_rest(
    desk: Callable[..., Settings],
) -> None:
    def read(request: Request) -> Iterator[Page]:
        yield page(1, [f"{request.stream.name}-1"])
        if request.stream.name == "users" or request.window == NEXT_DAY:
            raise SourceError(
                "cut off", source="desk", stream=request.stream.name, window=request.window, page=2
            )

    settings = desk(read)
    with pytest.raises(SourceError, match=r"desk/users .* page 2: cut off"):
        ingest(
            settings,
            "desk",
            DAY,
            connection=CONNECTION,
            extracted_at=SEEN,
            progress=lambda line: None,
        )
    assert visible_ids(as_lake(settings)) == ["tickets-1"]
    with pytest.raises(SourceError):
        ingest(
            settings,
            "desk",
            NEXT_DAY,
            connection=CONNECTION,
            extracted_at=SEEN,
            progress=lambda line: None,
        )
    assert visible_ids(as_lake(settings)) == ["tickets-1"]
    assert as_lake(settings).gaps("desk", "tickets", DAY.start) == []


def test_a_window_that_can_still_change_is_refused_before_anything_is_read(
    desk: Callable[..., Settings],
) -> None:
    read: list[str] = []

    def reading(request: Request) -> Iterator[Page]:
        read.append(request.stream.name)
        yield page(1, ["1"])

    settings = desk(reading)
    settled = DAY.end + timedelta(hours=6)
    with pytest.raises(NotSettled, match=r"desk/users .*read it from 2026-10-02T06:00:00Z on"):
        ingest(
            settings,
            "desk",
            DAY,
            connection=CONNECTION,
            extracted_at=settled - timedelta(seconds=1),
            progress=lambda line: None,
        )
    assert read == []
    assert not (settings.var / "lake").exists()
    ingest(
        settings,
        "desk",
        DAY,
        connection=CONNECTION,
        extracted_at=settled,
        progress=lambda line: None,
    )
    assert sorted(read) == ["tickets", "users"]


def test_a_stream_named_twice_is_landed_once(desk: Callable[..., Settings]) -> None:
    manifests = ingest(
        desk(_two_pages),
        "desk",
        DAY,
        connection=CONNECTION,
        extracted_at=SEEN,
        streams=["tickets", "tickets"],
        progress=lambda line: None,
    )
    assert [manifest.stream for manifest in manifests] == ["tickets"]


def test_an_unknown_source_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(
        ConfigError, match=r"wellheard\.yml has no source 'dsk'; known: desk, drops"
    ):
        ingest(_company(tmp_path), "dsk", DAY, connection=None, extracted_at=SEEN)


def test_an_unknown_stream_is_refused_with_the_known_ones(desk: Callable[..., Settings]) -> None:
    with pytest.raises(ConfigError, match="no stream 'ticket'; known: tickets, users"):
        ingest(
            desk(_two_pages),
            "desk",
            DAY,
            connection=CONNECTION,
            extracted_at=SEEN,
            streams=["ticket"],
        )


def test_a_connector_that_does_not_exist_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(
        ConfigError, match=r"sources\.desk\.kind: there is no connector 'desk'.*file"
    ):
        configured(_company(tmp_path), "desk")


def test_a_missing_connection_is_named(desk: Callable[..., Settings]) -> None:
    with pytest.raises(ConfigError, match=r"'the_desk'.*sources\.desk\.connection"):
        ingest(desk(_two_pages), "desk", DAY, connection=None, extracted_at=SEEN)


def test_an_option_the_connector_does_not_know_is_named(
    desk: Callable[..., Settings], tmp_path: Path
) -> None:
    settings = desk(_two_pages)
    text = (tmp_path / "wellheard.yml").read_text().replace("the_desk", "the_desk, forms: [a]")
    (tmp_path / "wellheard.yml").write_text(text)
    with pytest.raises(ConfigError, match=r"wellheard\.yml: sources\.desk: forms: "):
        configured(settings, "desk")


def test_the_history_starts_at_midnight_utc(desk: Callable[..., Settings]) -> None:
    found = configured(desk(_two_pages), "desk")
    assert found.history_start == datetime(2026, 10, 1, tzinfo=UTC)
    assert found.connection_id == "the_desk"
    assert configured is ingest_module.configured


def test_every_connector_has_the_name_of_its_module() -> None:
    found = sources.registry()
    assert "file" in found
    assert all(name == source.name for name, source in found.items())
    assert all(sources.get(name) is source for name, source in found.items())


@pytest.mark.parametrize("kind", ["nothing", "base", "file_readers", "../file", ""])
def test_what_is_no_connector_is_refused_with_those_there_are(kind: str) -> None:
    with pytest.raises(ConfigError, match=r"known: .*file"):
        sources.get(kind)
