"""A disk that fills up while landing is told in words, and loses nothing."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from lake_world import DAY, SEEN, files_below, land, page, run_python, visible_ids

from wellheard.errors import LandingError
from wellheard.lake import Lake


def _noise(seed: int) -> str:
    return random.Random(seed).randbytes(500).hex()  # does not compress below half


def _land_without_end(lake: Lake) -> None:
    with lake.landing("zendesk", "tickets", DAY, extracted_at=SEEN) as landing:
        for number in range(1, 10_000):
            landing.add(page(number, [f"{number}-{i}" for i in range(50)], note=_noise(number)))


def test_a_full_disk_names_the_window_and_the_space_and_keeps_the_old_content(
    small_disk: Callable[[Path, str], None], tmp_path: Path, monkeypatch
) -> None:
    place = tmp_path / "small disk"
    small_disk(place, "1m")
    monkeypatch.setattr("wellheard.landing.ROWS_PER_GROUP", 100)
    lake = Lake(str(place / "lake"))
    land(lake, ["old-1", "old-2"])
    before = files_below(place)
    with pytest.raises(LandingError) as caught:
        _land_without_end(lake)
    message = str(caught.value)
    assert "zendesk/tickets [2026-10-01T00:00:00Z .. 2026-10-02T00:00:00Z)" in message
    assert "No space left on device" in message
    assert "MB are free there" in message
    assert "run the window again" in message
    assert visible_ids(lake) == ["old-1", "old-2"]
    assert files_below(place) == before
    land(lake, ["new"])  # once there is room, the window is landed as ever
    assert visible_ids(lake) == ["new"]


LIMITED = """
    import resource
    from lake_world import *
    from wellheard import landing as landing_module
    from wellheard.errors import LandingError

    landing_module.ROWS_PER_GROUP = 100
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, resource.RLIM_INFINITY))
    try:
        with Lake(sys.argv[1]).landing("zendesk", "tickets", DAY, extracted_at=SEEN) as landing:
            for number in range(1, 100):
                landing.add(page(number, [f"{number}-{i}" for i in range(1000)]))
    except LandingError as error:
        print(error)
        raise SystemExit(7)
"""


def test_a_file_that_may_not_grow_is_told_in_words_and_loses_nothing(tmp_path: Path) -> None:
    lake = Lake(str(tmp_path))
    land(lake, ["old"])
    before = files_below(tmp_path)
    done = run_python(LIMITED, str(tmp_path))
    assert done.returncode == 7, done.stderr
    assert "zendesk/tickets" in done.stdout
    assert "File too large" in done.stdout
    assert visible_ids(lake) == ["old"]
    assert files_below(tmp_path) == before


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_lake_that_may_not_be_written_is_told_in_words(tmp_path: Path) -> None:
    (tmp_path / "lake").mkdir(mode=0o500)
    with pytest.raises(LandingError, match=r"Permission denied.*WELLHEARD_LAKE_URL"):
        land(Lake(str(tmp_path / "lake")), ["1"])


def test_a_lake_whose_place_is_a_file_is_told_in_words(tmp_path: Path) -> None:
    (tmp_path / "lake").write_text("not a folder")
    with pytest.raises(LandingError, match=r"zendesk/tickets .*WELLHEARD_LAKE_URL"):
        land(Lake(str(tmp_path / "lake")), ["1"])


MEASURED = """
    import resource
    from lake_world import *
    import pyarrow, pyarrow.compute, pyarrow.parquet

    note = "x" * 1000
    with Lake(sys.argv[1]).landing("zendesk", "tickets", DAY, extracted_at=SEEN) as landing:
        for number in range(int(sys.argv[2])):
            landing.add(page(number + 1, [f"{number}-{i}" for i in range(1000)], note))
    assert landing.manifest.distinct == landing.manifest.landed == int(sys.argv[2]) * 1000
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def test_memory_does_not_grow_with_the_window(tmp_path: Path) -> None:
    unit = 1024 if os.uname().sysname == "Linux" else 1
    small, large = (
        int(run_python(MEASURED, str(tmp_path / str(pages)), str(pages)).stdout) * unit
        for pages in (30, 300)
    )
    # 270 MB more of payload went through; what the process held at most may not follow.
    assert large - small < 40 * 2**20


def test_distinct_ids_are_counted_right_when_they_do_not_fit_in_memory(
    tmp_path: Path, monkeypatch
) -> None:
    monkeypatch.setattr("wellheard.landing._DIGESTS_IN_MEMORY", 800)
    lake = Lake(str(tmp_path))
    with lake.landing("zendesk", "tickets", DAY, extracted_at=SEEN) as landing:
        for number in range(1, 11):
            landing.add(
                page(number, [f"{i % 777}" for i in range(number * 100, number * 100 + 200)])
            )
    assert landing.manifest is not None
    assert (landing.manifest.landed, landing.manifest.distinct) == (2000, 777)
    assert len(files_below(tmp_path)) == 2
