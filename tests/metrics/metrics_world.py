"""A small company for the dbt project: landings as Parquet, seeds, one `dbt build` over them."""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from wellheard import dbt_failures, dbt_process, feeds, raw_schema, sources

PROJECT = Path(__file__).resolve().parents[2] / "dbt_project"
READ_AT = datetime(2026, 11, 2, 6, tzinfo=UTC)
HISTORY = datetime(2026, 1, 1, tzinfo=UTC)
KINDS = ("zendesk", "typeform", "file")
STREAMS = tuple(
    [f"file__{contract}" for contract in raw_schema.FILE_CONTRACTS]
    + [
        f"{kind}__{stream.name}"
        for kind in ("zendesk", "typeform")
        for stream in sources.get(kind).streams(sources.get(kind).options())
    ]
)
LANDING = pa.schema(
    [
        ("source", pa.string()),
        ("stream", pa.string()),
        ("record_id", pa.string()),
        ("changed_at", pa.timestamp("us", "UTC")),
        ("payload", pa.string()),
        ("window_start", pa.timestamp("us", "UTC")),
        ("window_end", pa.timestamp("us", "UTC")),
        ("extracted_at", pa.timestamp("us", "UTC")),
        ("page", pa.int32()),
    ]
)
SEEDS = {
    "survey_questions": """
        source,survey_id,question_id,metric,label,scale_min,scale_max,top_from,touchpoint,journey_stage,driver,reversed,about_question
        polls,*,nps,nps,Recommend?,0,10,9,,,,false,
        polls,*,csat,csat,Satisfied?,1,5,4,,,,false,
        polls,*,ces,ces,Easy?,1,7,6,,,,false,
        polls,turned,csat,csat,How bad?,1,5,4,,,,true,
        polls,*,why,comment,Why?,,,,,,,false,nps
        forms,F1,nps,nps,Recommend?,0,10,9,,use,,false,
        forms,F1,why,comment,Why?,,,,,,,false,nps
        forms,F1,csat,csat,Satisfied?,1,5,4,checkout,,,false,
        forms,F1,driver_usability,rating,Usable?,1,5,4,,,usability,false,
    """,
    "metrics": """
        metric,label,unit,better,definition,definition_source,position
        nps,NPS,points,higher,Promoters minus detractors,Reichheld,1
        csat,CSAT,percent,higher,Share satisfied,ISO 10004,2
        ces,CES,score,higher,Mean ease,Dixon,3
        ces_top2,Easy,percent,higher,Share at ease,Dixon,4
        case_volume,Cases,cases,neither,Cases created,,5
    """,
    "journey_stages": """
        journey_stage,label,position
        buy,Buy,1
        use,Use,2
        pay,Pay,3
    """,
    "touchpoints": """
        touchpoint,label,journey_stage,position
        checkout,Checkout,buy,1
        app_home,App home,use,2
        invoice,Invoice,pay,3
    """,
    "channels": """
        channel,label,position
        web,Web,1
        app,App,2
        phone,Phone,3
        chat,Chat,4
        bot,Bot,5
        email,E-mail,6
    """,
    "segments": """
        segment,label,position
        consumer,Consumer,1
        enterprise,Enterprise,2
    """,
    "targets": """
        metric,dimension,member,valid_from,valid_to,target
        nps,all,all,2026-01-01,2026-09-30,20
        nps,all,all,2026-10-01,,30
        csat,touchpoint,checkout,2026-01-01,,80
        csat,all,all,2026-06-01,2026-06-30,70
        csat,segment,enterprise,2026-06-01,2026-06-30,55
    """,
    "business_hours": """
        schedule,zone,weekday,opens,closes
        office,Europe/London,1,09:00,17:00
        office,Europe/London,2,09:00,17:00
        night,Europe/London,1,18:00,23:00
    """,
    "holidays": """
        schedule,holiday
        office,2026-12-25
    """,
    "case_policies": """
        source,priority,schedule,first_reply_target_minutes
        desk,urgent,office,30
        desk,*,office,240
    """,
    "case_touchpoints": """
        source,channel,touchpoint
    """,
    "case_statuses": """
        source,status,means
    """,
    "actions": """
        action_id,title,owner,due_on,status,target_metric,target_dimension,target_member,decided_on
        A-1,"Shorter form, fewer fields",CX,2026-12-01,on_track,csat,touchpoint,checkout,2026-09-01
    """,
    "themes": """
        theme,label,language,pattern,position
        waiting,Waiting time,en,wait* | queue | on hold,1
        bill,Bill,en,bill | invoice*,2
        bill,Bill,de,rechnung*,3
    """,
}


def moment(text: str) -> datetime:
    """`2026-10-31 23:30` in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def record(
    source: str,
    stream: str,
    record_id: str,
    payload: Mapping[str, Any],
    *,
    changed_at: datetime = READ_AT,
    extracted_at: datetime = READ_AT,
    page: int = 1,
) -> dict[str, Any]:
    """One landed record."""
    return {
        "source": source,
        "stream": stream,
        "record_id": record_id,
        "changed_at": changed_at,
        "payload": json.dumps(payload),
        "window_start": HISTORY,
        "window_end": READ_AT,
        "extracted_at": extracted_at,
        "page": page,
    }


def answer(number: int | str, question: str, score: object, at: str, **more: Any) -> dict[str, Any]:
    """An answer of the file source `polls`, as a landed record."""
    landed = {k: more.pop(k) for k in ("changed_at", "extracted_at", "page") if k in more}
    payload = {
        "response_id": f"r{number}",
        "survey_id": "monthly",
        "question_id": question,
        "score": score,
        "responded_at": at,
        **more,
    }
    survey = payload["survey_id"]
    return record("polls", "answers", f"{survey}-{number}-{question}", payload, **landed)


def answers(question: str, scores: Iterable[object], at: str, **more: Any) -> list[dict[str, Any]]:
    """One answer for each score, all alike otherwise; ids follow from the arguments."""
    tag = "-".join([question, at, *map(str, more.values())])
    return [answer(f"{tag}-{i}", question, s, at, **more) for i, s in enumerate(scores)]


@dataclass
class Warehouse:
    """A built warehouse, or the reasons why it was not."""

    path: Path
    problems: list[str] = field(default_factory=list)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.path), read_only=True) as connection:
            connection.execute("set TimeZone = 'UTC'")
            return connection.execute(query).fetchall()

    def one(self, query: str) -> Any:
        """The only value of the only row."""
        ((value,),) = self.rows(query)
        return value

    def figure(self, **key: Any) -> dict[str, Any]:
        """The row of rpt_metrics for this key; scope and dimension are `all` unless given."""
        key = {"scope": "all", "dimension": "all", "member": "all", **key}
        where = " and ".join(f"{name} = ?" for name in key)
        with duckdb.connect(str(self.path), read_only=True) as connection:
            found = connection.execute(
                f"from reporting.rpt_metrics where {where}", list(key.values())
            )
            names = [column[0] for column in found.description]
            (row,) = found.fetchall()
        return dict(zip(names, row, strict=True))


def build(
    folder: Path,
    landings: Mapping[str, Sequence[Mapping[str, Any]]],
    *,
    seeds: Mapping[str, str] | None = None,
    zone: str = "Europe/London",
    minimum_n: int = 5,
    arguments: Sequence[str] = ("build", "--exclude-resource-type", "unit_test"),
    sources: Sequence[tuple[str, str, datetime, datetime | None]] | None = None,
) -> Warehouse:
    """Land the records (by raw view), write the seeds, run dbt. `seeds` replaces some of SEEDS."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "warehouse.duckdb"
    project = folder / "dbt_project"
    shutil.copytree(
        PROJECT, project, ignore=shutil.ignore_patterns("*.csv", "target", "logs", "__pycache__")
    )
    feeds.keep_only(project, KINDS)
    for name, text in {**SEEDS, **(seeds or {})}.items():
        lines = [line.strip() for line in text.strip().splitlines()]
        (project / "seeds" / f"{name}.csv").write_text("\n".join(lines) + "\n")
    _write_raw(folder, path, landings, sources)
    outcome = dbt_process.run(
        list(arguments),
        project=project,
        work=folder,
        variables={"reporting_zone": zone, "minimum_n": minimum_n},
        environment={"WELLHEARD_WAREHOUSE": str(path), "WELLHEARD_SEEDS": "seeds"},
        progress=lambda line: None,
    )
    if outcome.succeeded:
        return Warehouse(path)
    return Warehouse(path, dbt_failures.explain(outcome.target, path) or outcome.errors)


def _write_raw(
    folder: Path,
    path: Path,
    landings: Mapping[str, Sequence[Mapping[str, Any]]],
    sources: Sequence[tuple[str, str, datetime, datetime | None]] | None,
) -> None:
    unknown = set(landings) - set(STREAMS)
    assert not unknown, f"no such raw view: {unknown}"
    with duckdb.connect(str(path)) as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute("create schema raw")
        for stream in STREAMS:
            parquet = folder / f"{stream}.parquet"
            rows = [dict(row) for row in landings.get(stream, [])]
            pq.write_table(pa.Table.from_pylist(rows, LANDING), parquet)
            connection.execute(
                f"create view raw.{stream} as select * from read_parquet('{parquet}')"
            )
        union = " union all ".join(
            f"select source, '{s.split('__')[0]}' as kind, stream, "
            f"{_contract(s)} as contract, window_start, window_end, max(extracted_at) "
            "as extracted_at, 1::bigint as pages, count(*) as sent, count(*) as landed, "
            "count(distinct record_id) as distinct_ids, min(changed_at) as first_change, "
            f"max(changed_at) as last_change from raw.{s} group by all"
            for s in STREAMS
        )
        connection.execute(f"create table raw.landings as {union}")
        connection.execute(
            "create table raw.sources "
            "(source varchar, kind varchar, history_start timestamptz, watermark timestamptz)"
        )
        if sources is None:
            found = connection.execute("select distinct source, kind from raw.landings").fetchall()
            sources = [(source, kind, HISTORY, READ_AT) for source, kind in found]
        for row in sources:
            connection.execute("insert into raw.sources values (?, ?, ?, ?)", list(row))
        connection.execute(
            "create table raw.build as select 'b000000000000' as build_id, '0' as inputs_sha256"
        )


def _contract(stream: str) -> str:
    kind, part = stream.split("__")
    return f"'{part}'" if kind == "file" else "null::varchar"


def seed(name: str, *, without: str = "", add: str = "") -> str:
    """A seed of SEEDS with some rows (those holding `without`) left out and one added."""
    lines = [line.strip() for line in SEEDS[name].strip().splitlines()]
    kept = [line for line in lines if not without or without not in line]
    text = "\n".join([*kept, add] if add else kept)
    list(csv.reader(io.StringIO(text), strict=True))
    return text
