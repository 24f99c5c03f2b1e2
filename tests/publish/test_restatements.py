"""What was printed of a month is kept, and told beside what is true of it now."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import duckdb
from publishing import LONDON, RESTATED, World, make, rows

from wellheard.periods import Period
from wellheard.restatements import write_restatements


def test_a_first_publication_restates_nothing(world: World) -> None:
    assert rows(make(world, world.build()), RESTATED) == []


def test_a_late_answer_restates_a_complete_month_with_what_was_printed(world: World) -> None:
    first = make(world, world.build())
    world.numbers["2026-10", "nps"] = (391, 24.3)
    second = make(world, world.build("b000000000002"))
    assert rows(second, RESTATED) == [("2026-10", "nps", 24.0, 390, 24.3, 391, first.id, second.id)]


def test_a_segments_own_numbers_are_kept_and_restated_as_its_edition_shows_them(
    world: World,
) -> None:
    first = make(world, world.build())
    build = world.build("b000000000002")
    with duckdb.connect(str(world.settings.warehouse)) as connection:
        connection.execute(
            "update reporting.rpt_metrics set n = 8, value = 2.0 where period = '2026-10' "
            "and metric = 'nps' and scope = 'segment=enterprise'"
        )
    second = make(world, build)
    assert rows(second, "from rpt_restatements") == [
        ("segment=enterprise", "2026-10", "nps", 1.0, 7, 2.0, 8, first.id, second.id)
    ]


def test_what_was_printed_before_scopes_were_kept_is_the_whole_companys(world: World) -> None:
    first = make(world, world.build())
    for table in ("rpt_printed", "rpt_restatements"):
        path = first.path(table)
        duckdb.execute(
            f"copy (select * exclude (scope) from '{path}' where scope = 'all') "
            f"to '{path}.old' (format parquet)"
        )
    aside = first.folder.parent / "aside"
    aside.mkdir()
    for table in ("rpt_printed", "rpt_restatements"):
        Path(f"{first.path(table)}.old").rename(aside / f"{table}.parquet")
    copied = aside / "new"
    copied.mkdir()
    shutil.copy(first.path("rpt_metrics"), copied)
    write_restatements(copied, publication_id="p2", previous=aside, complete=["2026-10"])
    kept = duckdb.execute(
        f"select scope, publication, count(*) from '{copied}/rpt_printed.parquet' group by all "
        "order by all"
    ).fetchall()
    assert {(scope, publication) for scope, publication, _ in kept} == {
        ("all", first.id),
        ("segment=enterprise", "p2"),
    }
    assert duckdb.execute(f"from '{copied}/rpt_restatements.parquet'").fetchall() == []


def test_the_running_month_is_not_restated(world: World) -> None:
    make(world, world.build())
    world.numbers["2026-11", "nps"] = (40, 12.0)
    assert rows(make(world, world.build("b000000000002")), RESTATED) == []


def test_a_restatement_is_carried_forward_beside_the_value_first_printed(world: World) -> None:
    first = make(world, world.build())
    world.numbers["2026-09", "nps"] = (411, 22.4)
    second = make(world, world.build("b000000000002"))
    world.numbers["2026-11", "nps"] = (40, 12.0)
    third = make(world, world.build("b000000000003"))
    kept = ("2026-09", "nps", 22.0, 410, 22.4, 411, first.id, second.id)
    assert rows(third, RESTATED) == [kept]
    world.numbers["2026-09", "nps"] = (412, 22.6)
    fourth = make(world, world.build("b000000000004"))
    assert rows(fourth, RESTATED) == [("2026-09", "nps", 22.0, 410, 22.6, 412, first.id, fourth.id)]


def test_numbers_that_return_to_what_was_printed_are_no_restatement(world: World) -> None:
    make(world, world.build())
    world.numbers["2026-09", "nps"] = (411, 22.4)
    make(world, world.build("b000000000002"))
    world.numbers["2026-09", "nps"] = (410, 22.0)
    assert rows(make(world, world.build("b000000000003")), RESTATED) == []


def test_a_month_stays_printed_when_a_new_source_opens_it_again(world: World) -> None:
    first = make(world, world.build())
    world.sources = ("surveymonkey", *world.sources)
    behind = {"surveymonkey": datetime(2025, 12, 1, tzinfo=UTC)}
    second = make(world, world.build("b000000000002", reached=behind))
    assert not second.covers(Period(2026, 10), LONDON)
    world.numbers["2026-10", "nps"] = (500, 30.0)
    third = make(world, world.build("b000000000003"))
    assert rows(third, RESTATED) == [("2026-10", "nps", 24.0, 390, 30.0, 500, first.id, third.id)]


def test_figures_that_were_empty_appear_or_vanish_are_restated_with_nulls(world: World) -> None:
    first = make(world, world.build())
    world.numbers["2026-10", "csat"] = (6, 66.7)
    del world.numbers["2026-08", "nps"]
    second = make(world, world.build("b000000000002"))
    assert rows(second, RESTATED) == [
        ("2026-08", "nps", 21.5, 400, None, 0, first.id, second.id),
        ("2026-10", "csat", None, 0, 66.7, 6, first.id, second.id),
    ]


def test_a_metric_first_measured_now_restates_nothing(world: World) -> None:
    make(world, world.build())
    world.numbers["2026-09", "ces"] = (100, 5.4)
    assert rows(make(world, world.build("b000000000002")), RESTATED) == []


def test_the_last_digits_of_a_sum_restate_nothing(world: World) -> None:
    make(world, world.build())
    world.numbers["2026-10", "nps"] = (390, 24.0 + 1e-13)
    assert rows(make(world, world.build("b000000000002")), RESTATED) == []
