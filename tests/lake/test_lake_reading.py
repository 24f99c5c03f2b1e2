"""Readers see only sound landings, and how far they reach without a gap."""

from __future__ import annotations

import gc
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from lake_world import DAY, NEXT_DAY, SEEN, files_below, land, page, rows, visible_ids

from wellheard.errors import ConfigError, LandingError
from wellheard.lake import Lake, Manifest
from wellheard.periods import Window

START = DAY.start


def _manifest_path(root: Path, window: Window = DAY) -> Path:
    return root / "zendesk" / "tickets" / f"window={window.key}" / "manifest.json"


def _part_path(root: Path, manifest: Manifest) -> Path:
    return _manifest_path(root, manifest.window).parent / manifest.files[0].name


@pytest.mark.parametrize(
    "content", [b"", b'{"source": "zendesk", "str', b"{}", b"\xff\xfe", b"[1, 2]"]
)
def test_a_damaged_manifest_is_named_with_what_to_do(tmp_path: Path, content: bytes) -> None:
    lake = Lake(str(tmp_path))
    land(lake, ["1"])
    _manifest_path(tmp_path).write_bytes(content)
    with pytest.raises(LandingError) as caught:
        lake.manifests()
    assert str(_manifest_path(tmp_path)) in str(caught.value)
    assert "land that window again" in str(caught.value)


def test_a_manifest_whose_times_have_no_zone_is_damaged(tmp_path: Path) -> None:
    lake = Lake(str(tmp_path))
    land(lake, ["1"])
    path = _manifest_path(tmp_path)
    path.write_text(path.read_text().replace('00Z"', '00"'))
    with pytest.raises(LandingError, match=r"is damaged .*timezone.*land that window again"):
        lake.manifests()


def test_landing_again_mends_a_damaged_manifest(tmp_path: Path) -> None:
    lake = Lake(str(tmp_path))
    land(lake, ["1"])
    _manifest_path(tmp_path).write_text("{")
    land(lake, ["2"])
    assert visible_ids(lake) == ["2"]
    assert len(files_below(tmp_path)) == 2


def test_a_landing_that_fails_over_a_damaged_manifest_removes_no_landed_file(
    tmp_path: Path,
) -> None:
    lake = Lake(str(tmp_path))
    part = _part_path(tmp_path, land(lake, ["1"]))
    manifest = _manifest_path(tmp_path).read_text()
    _manifest_path(tmp_path).write_text("{")
    with (
        pytest.raises(RuntimeError),
        lake.landing("zendesk", "tickets", DAY, extracted_at=SEEN),
    ):
        raise RuntimeError
    assert part.exists()
    _manifest_path(tmp_path).write_text(manifest)
    assert visible_ids(lake) == ["1"]


def test_a_manifest_in_the_wrong_folder_is_refused(tmp_path: Path) -> None:
    lake = Lake(str(tmp_path))
    land(lake, ["1"])
    other = _manifest_path(tmp_path, NEXT_DAY)
    other.parent.mkdir()
    other.write_text(_manifest_path(tmp_path).read_text())
    with pytest.raises(LandingError, match="it describes zendesk/tickets"):
        lake.manifests()


def test_a_missing_file_of_a_landing_is_named(tmp_path: Path) -> None:
    lake = Lake(str(tmp_path))
    part = _part_path(tmp_path, land(lake, ["1"]))
    part.unlink()
    with pytest.raises(LandingError, match=rf"{part.name} is missing.*land that window again"):
        lake.manifests()


def test_a_cut_off_file_of_a_landing_is_named(tmp_path: Path) -> None:
    lake = Lake(str(tmp_path))
    part = _part_path(tmp_path, land(lake, ["1"]))
    part.write_bytes(part.read_bytes()[:-5])
    with pytest.raises(LandingError, match=rf"{part.name} has [\d,]+ bytes, not"):
        lake.manifests("zendesk")


def test_verifying_finds_a_changed_byte(tmp_path: Path) -> None:
    lake = Lake(str(tmp_path))
    manifest = land(lake, ["1"])
    lake.verify(manifest)
    part = _part_path(tmp_path, manifest)
    content = bytearray(part.read_bytes())
    content[len(content) // 2] ^= 1
    part.write_bytes(bytes(content))
    with pytest.raises(LandingError, match=rf"{part.name} has other content"):
        lake.verify(lake.manifests()[0])


def test_left_over_files_without_a_manifest_are_not_seen(tmp_path: Path) -> None:
    lake = Lake(str(tmp_path))
    land(lake, ["1"])
    orphan = _manifest_path(tmp_path, NEXT_DAY).parent
    orphan.mkdir()
    (orphan / "part-0123-00000.parquet").write_bytes(b"half")
    (orphan / "manifest.json.0123").write_text("{")
    assert visible_ids(lake) == ["1"]
    assert lake.watermark("zendesk", "tickets", START) == DAY.end


def test_a_window_replaced_while_the_lake_is_read_is_no_damage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake = Lake(str(tmp_path))
    land(lake, ["old"])
    find = lake._fs.find

    def find_and_replace(*arguments: object, **options: object) -> object:
        monkeypatch.undo()
        found = find(*arguments, **options)
        land(lake, ["new", "newer"])
        return found

    monkeypatch.setattr(lake._fs, "find", find_and_replace)
    (manifest,) = lake.manifests()
    assert manifest.landed == 2


def test_manifests_come_by_source_stream_and_window(tmp_path: Path) -> None:
    lake = Lake(str(tmp_path))
    for source, stream, window in [
        ("zendesk", "users", DAY),
        ("zendesk", "tickets", NEXT_DAY),
        ("typeform", "forms", NEXT_DAY),
        ("zendesk", "tickets", DAY),
    ]:
        with lake.landing(source, stream, window, extracted_at=SEEN) as landing:
            landing.add(page(1, ["1"]))
    assert [(m.source, m.stream, m.window) for m in lake.manifests()] == [
        ("typeform", "forms", NEXT_DAY),
        ("zendesk", "tickets", DAY),
        ("zendesk", "tickets", NEXT_DAY),
        ("zendesk", "users", DAY),
    ]
    assert [m.stream for m in lake.manifests("zendesk", "users")] == ["users"]
    assert lake.manifests("nowhere") == []


def test_one_stream_is_not_taken_for_another_whose_name_begins_alike(tmp_path: Path) -> None:
    lake = Lake(str(tmp_path))
    for stream in ("ticket", "ticket_events"):
        with lake.landing("zendesk", stream, DAY, extracted_at=SEEN) as landing:
            landing.add(page(1, ["1"]))
    assert [m.stream for m in lake.manifests("zendesk", "ticket")] == ["ticket"]


def _days(first: int, last: int) -> Window:
    return Window(datetime(2026, 10, first, tzinfo=UTC), datetime(2026, 10, last, tzinfo=UTC))


@pytest.mark.parametrize(
    ("landed", "watermark", "gaps"),
    [
        ([], None, []),
        ([(1, 2)], 2, []),
        ([(1, 2), (2, 5)], 5, []),
        ([(1, 4), (2, 3), (3, 6)], 6, []),
        ([(1, 2), (3, 4)], 2, [(2, 3)]),
        ([(2, 4)], None, [(1, 2)]),
        ([(1, 3), (4, 5), (7, 8)], 3, [(3, 4), (5, 7)]),
    ],
)
def test_the_watermark_is_the_end_of_the_cover_without_a_gap(
    tmp_path: Path,
    landed: list[tuple[int, int]],
    watermark: int | None,
    gaps: list[tuple[int, int]],
) -> None:
    lake = Lake(str(tmp_path))
    for first, last in landed:
        land(lake, ["1"], window=_days(first, last))
    expected = None if watermark is None else datetime(2026, 10, watermark, tzinfo=UTC)
    assert lake.watermark("zendesk", "tickets", START) == expected
    assert lake.gaps("zendesk", "tickets", START) == [_days(*gap) for gap in gaps]


def test_what_is_landed_before_the_history_starts_is_no_gap(tmp_path: Path) -> None:
    lake = Lake(str(tmp_path))
    land(lake, ["1"], window=_days(1, 3))
    assert lake.gaps("zendesk", "tickets", START + timedelta(days=1)) == []
    assert lake.watermark("zendesk", "tickets", START + timedelta(days=1)) == _days(1, 3).end
    assert lake.watermark("zendesk", "tickets", START + timedelta(days=2)) is None


@pytest.mark.parametrize("place", ["memory", "file url", "path with a space"])
def test_a_lake_works_wherever_it_lies(tmp_path: Path, place: str) -> None:
    url = {
        "memory": f"memory://{uuid4()}/lake",
        "file url": f"file://{tmp_path}/lake",
        "path with a space": str(tmp_path / "my lake [1]"),
    }[place]
    lake = Lake(url, cache=tmp_path / "cache")
    land(lake, ["1", "2"], note="old")
    land(lake, ["9"], window=NEXT_DAY)
    land(lake, ["1", "2", "3"], note="new")
    assert visible_ids(lake) == ["1", "2", "3", "9"]
    assert all(json.loads(str(r["payload"]))["note"] == "new" for r in rows(lake)[:3])
    for manifest in lake.manifests():
        lake.verify(manifest)
    assert lake.watermark("zendesk", "tickets", START) == NEXT_DAY.end
    left = [path for path in lake._fs.find(lake._root) if "part-" in path]
    assert len(left) == 2


def test_a_failing_store_leaves_the_old_window_and_none_of_the_new_files(
    tmp_path: Path, monkeypatch
) -> None:
    lake = Lake(f"memory://{uuid4()}", cache=tmp_path / "cache")
    land(lake, ["old"])

    def refuse(*_: object, **__: object) -> None:
        raise OSError("503 slow down")

    with monkeypatch.context() as patched:
        patched.setattr(type(lake._fs), "pipe_file", refuse)
        with pytest.raises(LandingError, match=r"zendesk/tickets .*503 slow down"):
            land(lake, ["new"])
    assert visible_ids(lake) == ["old"]
    assert len(lake._fs.find(lake._root)) == 2


def test_a_file_damaged_in_a_remote_lake_is_not_handed_to_readers(tmp_path: Path) -> None:
    lake = Lake(f"memory://{uuid4()}", cache=tmp_path / "cache")
    manifest = land(lake, ["1"])
    path = f"{lake._root}/zendesk/tickets/window={DAY.key}/{manifest.files[0].name}"
    lake._fs.pipe_file(path, b"x" * manifest.files[0].bytes)
    with pytest.raises(LandingError, match="other content"):
        lake.local_paths(manifest)
    assert files_below(tmp_path) == []


def test_a_remote_lakes_cache_keeps_what_the_landings_list_and_no_more(tmp_path: Path) -> None:
    lake = Lake(f"memory://{uuid4()}", cache=tmp_path / "cache")
    lake.forget_all_but([])  # before anything was fetched
    land(lake, ["1"], note="old")
    land(lake, ["9"], window=NEXT_DAY)
    assert visible_ids(lake) == ["1", "9"]
    land(lake, ["1"], note="new")
    assert visible_ids(lake) == ["1", "9"]
    (tmp_path / "cache" / "tmpk1ll3d.aside").write_bytes(b"half")
    (tmp_path / "cache" / "notes.txt").write_text("not the lake's")
    assert len(files_below(tmp_path)) == 5
    lake.forget_all_but(lake.manifests())
    listed = [f"cache/{file.sha256}.parquet" for m in lake.manifests() for file in m.files]
    assert files_below(tmp_path) == sorted([*listed, "cache/notes.txt"])
    assert visible_ids(lake) == ["1", "9"]


def test_a_remote_lake_without_a_cache_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    lake = Lake(f"memory://{uuid4()}")
    land(lake, ["1"])
    assert visible_ids(lake) == ["1"]
    assert len(files_below(tmp_path)) == 1
    del lake
    gc.collect()
    assert files_below(tmp_path) == []


def test_a_cache_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file where the folder should be")
    lake = Lake(f"memory://{uuid4()}", cache=tmp_path / "cache")
    manifest = land(lake, ["1"])
    with pytest.raises(LandingError, match=r"cannot be kept for reading: .*cache"):
        lake.local_paths(manifest)


def test_of_a_local_lake_nothing_is_forgotten(tmp_path: Path) -> None:
    lake = Lake(str(tmp_path / "lake"), cache=tmp_path / "lake" / "zendesk" / "cache")
    land(lake, ["1"])
    (tmp_path / "lake" / "zendesk" / "cache").mkdir()
    (tmp_path / "lake" / "zendesk" / "cache" / "export.parquet").write_bytes(b"somebody's")
    before = files_below(tmp_path)
    lake.forget_all_but([])
    assert files_below(tmp_path) == before


def test_an_unknown_kind_of_place_is_a_configuration_error() -> None:
    with pytest.raises(ConfigError, match="WELLHEARD_LAKE_URL"):
        Lake("nowhere://bucket/lake")


@pytest.mark.parametrize("name", ["../zendesk", "a/b", "", "Zen Desk", ".hidden"])
def test_a_source_name_that_cannot_be_a_folder_is_refused(tmp_path: Path, name: str) -> None:
    lake = Lake(str(tmp_path))
    with (
        pytest.raises(ConfigError, match="lower-case letters"),
        lake.landing(name, "tickets", DAY, extracted_at=SEEN),
    ):
        pass
    assert files_below(tmp_path) == []
