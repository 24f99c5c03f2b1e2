"""The script that builds are held against in benchmarks/ makes what a build makes."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from wellheard import warehouse, warehouse_file
from wellheard.settings import Settings

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"


@pytest.mark.timeout(300)
def test_the_reporting_tables_by_hand_are_those_of_a_build(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(BENCHMARKS)
    import by_hand
    import months
    from large_company import land_month, month_window

    # Few, so that each has several answers and cases in a month.
    monkeypatch.setattr("large_company.CUSTOMERS", 400)
    company, lake, out = months.company(tmp_path), tmp_path / "lake", tmp_path / "by_hand.duckdb"
    for month in (1, 2, 3):
        land_month(lake, month, feedback=3_000, cases=600)
    settings = Settings(var=tmp_path / "var", company_dir=company, lake_url=str(lake))
    warehouse.build(settings)
    duckdb.connect(str(out)).close()
    with pytest.raises(ValueError, match="0 of 16"):
        by_hand.differing(out, settings.warehouse)
    by_hand.run(lake, company / "seeds", out, month_window(3).end.date().isoformat())
    assert by_hand.differing(out, settings.warehouse) == 0
    with warehouse_file.connect(settings) as connection:
        [(rows,)] = connection.execute("select count(*) from reporting.rpt_metrics").fetchall()
    assert rows > 500
    with duckdb.connect(str(out)) as db:
        db.execute(
            "update rpt_metrics set value = value + 1e-6 "
            "where rowid = (select min(rowid) from rpt_metrics where value is not null)"
        )
        db.execute("update rpt_consistency set verdict = 'unheard of' where rowid = 0")
    assert by_hand.differing(out, settings.warehouse) == 4
    with duckdb.connect(str(out)) as db:
        db.execute("insert into rpt_paths from rpt_paths limit 1")
    assert by_hand.differing(out, settings.warehouse) == 5
