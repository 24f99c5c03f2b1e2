"""A window lands every file no other window has; none is missed, lost or counted twice."""

from __future__ import annotations

import os
from pathlib import Path

from file_world import HEADER, JULY, JUNE, MAPPING, ROW, make_file_world

from wellheard.ingest import configured
from wellheard.lake import as_lake

SECOND = "r2,02/07/2026 09:00,3,Slow\n"


def test_a_file_that_comes_late_with_an_old_time_is_landed_by_the_next_window(
    tmp_path: Path,
) -> None:
    world = make_file_world(tmp_path)
    world.drop("june.csv", HEADER + ROW)
    world.land(JUNE)
    late = world.drop("forgotten.csv", HEADER + SECOND)
    os.utime(late, (1_000_000_000, 1_000_000_000))
    manifest = world.land(JULY)
    assert [file.name for file in manifest.inputs] == ["drops/forgotten.csv"]
    assert [row["record_id"] for row in world.rows()] == ["r1", "r2"]


def test_running_a_window_again_lands_the_same(tmp_path: Path) -> None:
    world = make_file_world(tmp_path)
    world.drop("june.csv", HEADER + ROW)
    world.land(JUNE)
    world.drop("july.csv", HEADER + SECOND)
    first = world.land(JULY)
    again = world.land(JULY)
    assert (again.inputs, again.landed) == (first.inputs, first.landed)
    assert [row["record_id"] for row in world.rows()] == ["r1", "r2"]
    assert world.land(JUNE).inputs[0].name == "drops/june.csv"


def test_running_a_window_again_after_the_mapping_was_mended_applies_it(tmp_path: Path) -> None:
    world = make_file_world(tmp_path)
    world.drop("june.csv", HEADER + ROW)
    world.land()
    world.map(MAPPING.replace("question_id: nps", "question_id: nps, channel: web"))
    world.land()
    assert [record["channel"] for record in world.records()] == ["web"]


def test_the_same_content_under_two_names_is_landed_once(tmp_path: Path) -> None:
    world = make_file_world(tmp_path)
    world.drop("june.csv", HEADER + ROW)
    world.drop("june (copy).csv", HEADER + ROW)
    assert world.land(JUNE).landed == 1
    world.drop("june again.csv", HEADER + ROW)
    assert world.land(JULY).landed == 0


def test_a_landed_file_that_was_moved_to_another_name_is_still_known(tmp_path: Path) -> None:
    world = make_file_world(tmp_path)
    path = world.drop("june.csv", HEADER + ROW)
    world.land(JUNE)
    path.rename(path.with_name("done.csv"))
    assert world.land(JUNE).landed == 1
    assert world.land(JULY).landed == 0


def test_a_file_that_replaced_a_landed_one_is_landed_beside_it_under_the_same_ids(
    tmp_path: Path,
) -> None:
    world = make_file_world(tmp_path)
    old = world.drop("survey.csv", HEADER + ROW)
    os.utime(old, (1_781_000_000, 1_781_000_000))
    world.land(JUNE)
    new = world.drop("survey.csv", HEADER + ROW.replace(",9,", ",2,") + SECOND)
    os.utime(new, (1_783_000_000, 1_783_000_000))
    world.land(JULY)
    rows = sorted(world.rows(), key=lambda row: (row["record_id"], row["changed_at"]))
    assert [row["record_id"] for row in rows] == ["r1", "r1", "r2"]
    assert '"score":2' in rows[1]["payload"]  # the newer of the two copies wins downstream


def test_a_window_without_a_new_file_is_landed_and_moves_the_watermark(tmp_path: Path) -> None:
    world = make_file_world(tmp_path)
    world.drop("june.csv", HEADER + ROW)
    world.land(JUNE)
    manifest = world.land(JULY)
    assert (manifest.landed, manifest.inputs, manifest.end_signal) == (0, [], True)
    lake, found = as_lake(world.settings), configured(world.settings, "drops")
    assert lake.watermark("drops", "nps", found.history_start) == JULY.end


def test_a_file_with_a_header_alone_is_landed_as_no_answers(tmp_path: Path) -> None:
    world = make_file_world(tmp_path)
    world.drop("june.csv", HEADER)
    manifest = world.land()
    assert (manifest.landed, len(manifest.inputs), manifest.pages) == (0, 1, 1)


def test_a_file_named_without_a_wildcard_may_be_put_away_once_landed(tmp_path: Path) -> None:
    world = make_file_world(tmp_path, MAPPING.replace("drops/*.csv", "drops/june.csv"))
    path = world.drop("june.csv", HEADER + ROW)
    world.land(JUNE)
    path.unlink()
    assert world.land(JULY).landed == 0
    assert len(world.rows()) == 1


def test_a_file_of_several_pages_is_landed_whole_and_in_order(tmp_path: Path) -> None:
    world = make_file_world(tmp_path)
    ids = [f"x{i:04}" for i in range(2300)]
    world.drop("june.csv", HEADER + "".join(f"{i},15/06/2026 10:30,9,\n" for i in ids))
    manifest = world.land()
    assert (manifest.pages, manifest.sent, manifest.landed) == (3, 2300, 2300)
    assert [row["record_id"] for row in world.rows()] == ids


def test_files_may_lie_in_folders_whose_names_look_like_patterns(tmp_path: Path) -> None:
    world = make_file_world(tmp_path / "client [x] *")
    world.drop("june.csv", HEADER + ROW)
    assert world.land().landed == 1


def test_folders_below_are_searched_when_the_pattern_says_so(tmp_path: Path) -> None:
    world = make_file_world(tmp_path, MAPPING.replace("drops/*.csv", "drops/**/*.csv"))
    (world.folder / "drops" / "2026").mkdir()
    world.drop("2026/june.csv", HEADER + ROW)
    world.drop("july.csv", HEADER + SECOND)
    assert [file.name for file in world.land().inputs] == ["drops/2026/june.csv", "drops/july.csv"]
