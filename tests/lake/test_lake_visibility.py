"""A window is visible whole or not at all, whatever happens while it is landed."""

from __future__ import annotations

import errno
import os
import signal
from pathlib import Path

import pytest
from lake_world import (
    DAY,
    NEXT_DAY,
    SEEN,
    files_below,
    land,
    listed_files,
    page,
    rows,
    run_python,
    visible_ids,
)

from wellheard import landing as landing_module
from wellheard.errors import LandingError
from wellheard.lake import Lake


def test_a_landing_keeps_what_was_sent_and_says_so_in_its_manifest(tmp_path: Path) -> None:
    lake = Lake(str(tmp_path / "lake"))
    with lake.landing("zendesk", "tickets", DAY, extracted_at=SEEN) as landing:
        landing.add(page(1, ["1", "2"]))
        landing.add(page(2, ["2", "3"], note="naïve ☕"))
        landing.end_signal = True
    (manifest,) = lake.manifests()
    assert manifest == landing.manifest
    assert (manifest.pages, manifest.sent, manifest.landed, manifest.distinct) == (2, 4, 4, 3)
    assert manifest.end_signal
    assert manifest.window == DAY
    assert [(row["record_id"], row["page"]) for row in rows(lake)] == [
        ("1", 1),
        ("2", 1),
        ("2", 2),
        ("3", 2),
    ]
    last = rows(lake)[-1]
    assert last["payload"] == '{"id": "3", "note": "na\\u00efve \\u2615"}'
    assert last["window_start"] == DAY.start
    assert last["extracted_at"] == SEEN
    assert list(last) == [
        "source",
        "stream",
        "record_id",
        "changed_at",
        "payload",
        "window_start",
        "window_end",
        "extracted_at",
        "page",
    ]


def test_a_payload_is_kept_byte_for_byte(tmp_path: Path) -> None:
    from wellheard.sources.base import Page, Record

    payload = '{ "a":1.10,"b":"\\u00e9 é",\t"big":12345678901234567890 }'
    lake = Lake(str(tmp_path))
    with lake.landing("zendesk", "tickets", DAY, extracted_at=SEEN) as landing:
        landing.add(Page(1, [Record("1", SEEN, payload.encode())]))
    assert rows(lake)[0]["payload"] == payload


def test_nothing_is_visible_before_the_block_ends(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(landing_module, "ROWS_PER_GROUP", 2)
    lake = Lake(str(tmp_path))
    with lake.landing("zendesk", "tickets", DAY, extracted_at=SEEN) as landing:
        landing.add(page(1, [*"12345"]))  # a group is begun once the one before is written
        assert any("part-" in name for name in files_below(tmp_path))
        assert lake.manifests() == []
        assert lake.watermark("zendesk", "tickets", DAY.start) is None
    assert visible_ids(lake) == [*"12345"]


def test_landing_a_window_again_replaces_it_and_leaves_no_file_behind(tmp_path: Path) -> None:
    lake = Lake(str(tmp_path))
    land(lake, ["1", "2"])
    land(lake, ["9"], window=NEXT_DAY)
    land(lake, ["3"])
    assert visible_ids(lake) == ["3", "9"]
    assert files_below(tmp_path) == listed_files(lake)


def test_an_empty_window_is_landed_too(tmp_path: Path) -> None:
    lake = Lake(str(tmp_path))
    with lake.landing("zendesk", "tickets", DAY, extracted_at=SEEN) as landing:
        landing.add(page(1, []))
    (manifest,) = lake.manifests()
    assert (manifest.pages, manifest.sent, manifest.files) == (1, 0, [])
    assert manifest.first_change is None
    assert lake.watermark("zendesk", "tickets", DAY.start) == DAY.end


def _land_and_fail(lake: Lake, ids: list[str], error: BaseException) -> None:
    with lake.landing("zendesk", "tickets", DAY, extracted_at=SEEN) as landing:
        landing.add(page(1, ids))
        raise error


def test_an_error_in_the_block_leaves_what_was_visible_and_no_other_file(
    tmp_path: Path, monkeypatch
) -> None:
    monkeypatch.setattr(landing_module, "ROWS_PER_GROUP", 2)
    lake = Lake(str(tmp_path))
    land(lake, ["1", "2"])
    before = files_below(tmp_path)
    with pytest.raises(ConnectionResetError):
        _land_and_fail(lake, ["7", "8", "9"], ConnectionResetError("the vendor hung up"))
    assert visible_ids(lake) == ["1", "2"]
    assert files_below(tmp_path) == before


def test_a_first_landing_that_fails_leaves_no_folder_of_its_window(tmp_path: Path) -> None:
    lake = Lake(str(tmp_path))
    with pytest.raises(KeyboardInterrupt):
        _land_and_fail(lake, ["1"], KeyboardInterrupt())
    assert list((tmp_path / "zendesk" / "tickets").iterdir()) == []


def test_two_landings_of_one_window_at_once_are_refused(tmp_path: Path) -> None:
    lake = Lake(str(tmp_path))
    with lake.landing("zendesk", "tickets", DAY, extracted_at=SEEN) as first:
        first.add(page(1, ["1"]))
        with pytest.raises(LandingError, match="another process is landing this window"):
            land(lake, ["2"])
        land(lake, ["9"], window=NEXT_DAY)
    assert visible_ids(lake) == ["1", "9"]


def test_a_record_that_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    from wellheard.sources.base import Page, Record

    lake = Lake(str(tmp_path))
    with (
        pytest.raises(LandingError, match=r"zendesk/tickets .*UTF-8"),
        lake.landing("zendesk", "tickets", DAY, extracted_at=SEEN) as landing,
    ):
        landing.add(Page(1, [Record("1", SEEN, b'{"a": "\xff"}')]))
    assert files_below(tmp_path) == []


def test_a_large_window_is_parted_into_files_in_order(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(landing_module, "ROWS_PER_GROUP", 10)
    monkeypatch.setattr(landing_module, "BYTES_PER_FILE", 1500)
    lake = Lake(str(tmp_path))
    manifest = land(lake, [f"{i:03}" for i in range(95)])
    assert len(manifest.files) > 2
    assert [file.name[-13:-8] for file in manifest.files] == [
        f"{i:05}" for i in range(len(manifest.files))
    ]
    assert sum(file.rows for file in manifest.files) == 95
    assert visible_ids(lake) == [f"{i:03}" for i in range(95)]


KILLED_IN_A_PAGE = """
    import os, signal
    from lake_world import *
    from wellheard import landing
    from wellheard.sources.base import Page, Record

    class Dying(list):
        def __iter__(self):
            for at, record in enumerate(list.__iter__(self)):
                if at == 7:
                    os.kill(os.getpid(), signal.SIGKILL)
                yield record

    landing.ROWS_PER_GROUP = 5
    with Lake(sys.argv[1]).landing("zendesk", "tickets", DAY, extracted_at=SEEN) as land_it:
        land_it.add(page(1, [f"new-{i}" for i in range(20)]))
        land_it.add(Page(2, Dying(page(2, [f"new-{i}" for i in range(20)]).records)))
"""


def test_killed_in_mid_page_the_old_window_is_whole_and_the_next_landing_cleans_up(
    tmp_path: Path,
) -> None:
    lake = Lake(str(tmp_path))
    land(lake, ["old"])
    assert run_python(KILLED_IN_A_PAGE, str(tmp_path)).returncode == -signal.SIGKILL
    assert len(files_below(tmp_path)) == 3  # the old part and manifest, and half a new part
    assert visible_ids(lake) == ["old"]
    land(lake, ["new"])
    assert visible_ids(lake) == ["new"]
    assert files_below(tmp_path) == listed_files(lake)


KILLED_IN_COMMIT = """
    import os, signal
    from lake_world import *
    from wellheard import lake as lake_module

    def die(*_, **__):
        os.kill(os.getpid(), signal.SIGKILL)

    lake, step = Lake(sys.argv[1]), sys.argv[2]
    replace = os.replace
    if step == "manifest half written":
        fsync = os.fsync
        calls = []
        os.fsync = lambda fd: (calls.append(fd), die() if len(calls) == 2 else fsync(fd))
    elif step == "before the rename":
        os.replace = die
    elif step == "after the rename":
        os.replace = lambda old, new: (replace(old, new), die())
    elif step == "tidying":
        remove = lake._fs.rm_file
        lake._fs.rm_file = lambda path: (remove(path), die())
    land(lake, ["new-1", "new-2"])
"""


@pytest.mark.parametrize(
    ("step", "seen"),
    [
        ("manifest half written", ["old-1", "old-2", "old-3"]),
        ("before the rename", ["old-1", "old-2", "old-3"]),
        ("after the rename", ["new-1", "new-2"]),
        ("tidying", ["new-1", "new-2"]),
    ],
)
def test_killed_in_the_commit_either_the_old_or_the_new_window_is_whole(
    tmp_path: Path, step: str, seen: list[str]
) -> None:
    lake = Lake(str(tmp_path))
    land(lake, ["old-1", "old-2", "old-3"])
    assert run_python(KILLED_IN_COMMIT, str(tmp_path), step).returncode == -signal.SIGKILL
    assert visible_ids(lake) == seen
    for manifest in lake.manifests():
        lake.verify(manifest)
    land(lake, ["last"])
    assert visible_ids(lake) == ["last"]
    assert files_below(tmp_path) == listed_files(lake)


def test_an_interruption_right_after_the_rename_does_not_harm_the_new_window(
    tmp_path: Path, monkeypatch
) -> None:
    lake = Lake(str(tmp_path))
    land(lake, ["old"])
    replace = os.replace

    def replace_then_interrupt(old: Path, new: Path) -> None:
        replace(old, new)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(os, "replace", replace_then_interrupt)
        with pytest.raises(KeyboardInterrupt):
            land(lake, ["new"])
    assert visible_ids(lake) == ["new"]
    assert files_below(tmp_path) == listed_files(lake)


def test_a_disk_full_while_the_manifest_is_written_leaves_the_old_window(
    tmp_path: Path, monkeypatch
) -> None:
    lake = Lake(str(tmp_path))
    land(lake, ["old"])
    before = files_below(tmp_path)

    def full(_old: object, _new: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr(os, "replace", full)
        with pytest.raises(LandingError, match="No space left on device"):
            land(lake, ["new"])
    assert visible_ids(lake) == ["old"]
    assert files_below(tmp_path) == before
