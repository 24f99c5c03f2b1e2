"""A company of any size in a lake, written by DuckDB instead of through a connector.

Month by month: answers to five questions with their customers, touchpoints and channels, and cases
with four events each, in the shape file sources land them. Made by arithmetic on row numbers, so
that the same size gives the same lake.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb

from wellheard import __version__
from wellheard.lake import MANIFEST, Manifest
from wellheard.landing import LandedFile
from wellheard.periods import Window

CUSTOMERS = 50_000
FIRST = (2024, 11)  # year and month of the history's start
QUESTIONS = "['nps', 'csat_buy', 'csat_use', 'ces_help', 'csat_pay']"

FEEDBACK = """
select
    'r{month}-' || (i // 5) as response_id, 'pulse' as survey_id,
    {questions}[1 + i % 5] as question_id,
    case i % 5
        when 0 then [0, 3, 5, 6, 7, 7, 8, 8, 9, 9, 10, 10][1 + h % 12]
        when 3 then 1 + h % 7
        else [1, 2, 3, 4, 4, 5, 5][1 + h % 7]
    end as score,
    strftime(timestamp '{start}' + to_seconds((i * {seconds} // {n})::bigint), '%Y-%m-%dT%H:%M:%SZ')
        as responded_at,
    'C' || (h // 97 % {customers}) as customer_key,
    ['web', 'app', 'store', 'phone', 'chat', 'email'][1 + h // 11 % 6] as channel,
    case i % 5
        when 1 then ['checkout', 'store_visit'][1 + h // 7 % 2]
        when 2 then ['app_home', 'outage_notice'][1 + h // 7 % 2]
        when 3 then ['phone_support', 'chat_support'][1 + h // 7 % 2]
        when 4 then ['invoice', 'card_payment'][1 + h // 7 % 2]
    end as touchpoint,
    null as journey_stage, null as driver, ['en', 'de', 'fr'][1 + h // 13 % 3] as language,
    null as weight, null as comment, null as segment
from (select i, (hash(i, {month}) % 1000000007)::bigint as h from range({n}) as t(i))
"""
CASES = """
select
    'k{month}-' || i as case_id,
    strftime(timestamp '{start}' + to_seconds((i * {seconds} // {n})::bigint), '%Y-%m-%dT%H:%M:%SZ')
        as created_at,
    ['urgent', 'high', 'normal', 'low'][1 + h % 4] as priority,
    'C' || (h // 97 % {customers}) as customer_key,
    ['web', 'phone', 'chat', 'email', 'bot'][1 + h // 11 % 5] as channel,
    'uk_9_18' as schedule, 240 as first_reply_target_minutes, false as is_deleted
from (select i, (hash(i, {month}, 1) % 1000000007)::bigint as h from range({n}) as t(i))
"""
EVENTS = """
select
    'e{month}-' || i || '-' || step as case_event_id, 'k{month}-' || i as case_id,
    strftime(
        timestamp '{start}' + to_seconds((i * {seconds} // {n} + step * (600 + h % 90000))::bigint),
        '%Y-%m-%dT%H:%M:%SZ'
    ) as occurred_at,
    step as sequence, ['created', 'comment', 'status', 'satisfaction'][1 + step] as event,
    ['customer', 'agent', 'agent', 'customer'][1 + step] as actor_role, step < 2 as is_public,
    case step when 2 then 'solved' when 3 then ['good', 'good', 'bad'][1 + h % 3] end as value
from (select i, (hash(i, {month}, 2) % 1000000007)::bigint as h from range({n}) as t(i)),
    range(4) as s(step)
"""
PEOPLE = """
select
    'C' || i as customer_key, 'X' || i as external_id,
    ['consumer', 'consumer', 'small_business', 'enterprise'][1 + i % 4] as segment,
    20 + i % 400 as account_value, '2023-01-15' as joined_on, null as churned_on, 'en' as language
from range({customers}) as t(i)
"""


def month_window(month: int) -> Window:
    """The window of the n-th month, from 1."""

    def start(number: int) -> datetime:
        months = FIRST[0] * 12 + FIRST[1] - 1 + number
        return datetime(months // 12, months % 12 + 1, 1, tzinfo=UTC)

    return Window(start(month - 1), start(month))


def land_month(lake: Path, month: int, *, feedback: int, cases: int) -> None:
    """Land a month's answers and cases; the customers come with the first month."""
    window = month_window(month)
    end = window.end - timedelta(days=6)  # events follow their case for some days
    values = {
        "month": month,
        "start": window.start.strftime("%Y-%m-%d %H:%M:%S"),
        "seconds": int((end - window.start).total_seconds()),
        "customers": CUSTOMERS,
        "questions": QUESTIONS,
    }
    with duckdb.connect() as db:
        db.execute("set TimeZone = 'UTC'; set threads = 2; set preserve_insertion_order = false")
        _land(db, lake, "answers", "feedback", window, FEEDBACK.format(n=feedback, **values))
        _land(db, lake, "desk", "cases", window, CASES.format(n=cases, **values))
        _land(db, lake, "desk", "case_events", window, EVENTS.format(n=cases, **values))
        people = (
            PEOPLE.format(**values) if month == 1 else f"from ({PEOPLE.format(**values)}) limit 0"
        )
        _land(db, lake, "desk", "customers", window, people)


def _land(
    db: duckdb.DuckDBPyConnection, lake: Path, source: str, contract: str, window: Window, sql: str
) -> None:
    folder = lake / source / contract / f"window={window.key}"
    folder.mkdir(parents=True)
    path = folder / "part-benchmark-00000.parquet"
    extracted = window.end + timedelta(hours=2)
    columns = [column[0] for column in db.execute(f"describe {sql}").fetchall()]
    sent = ", ".join(f"{name} := {name}" for name in columns)
    raw = ", ".join(f"{name} := {name}::varchar" for name in columns)
    db.execute(f"""
        copy (
            select
                '{source}' as source, '{contract}' as stream, md5(payload) as record_id,
                timestamptz '{window.end.isoformat()}' - interval 1 hour as changed_at, payload,
                timestamptz '{window.start.isoformat()}' as window_start,
                timestamptz '{window.end.isoformat()}' as window_end,
                timestamptz '{extracted.isoformat()}' as extracted_at, 1::integer as page
            from (
                select to_json(struct_pack(
                    {sent}, _row := struct_pack({raw}), _file := '{contract}.csv'
                ))::varchar as payload
                from ({sql})
            )
        ) to '{path}' (format parquet, compression zstd)
    """)
    [(rows, first, last)] = db.execute(
        f"select count(*), min(changed_at), max(changed_at) from read_parquet('{path}')"
    ).fetchall()
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    manifest = Manifest(
        source=source, stream=contract, window_start=window.start, window_end=window.end,
        extracted_at=extracted, contract=contract, pages=1, sent=rows, landed=rows, distinct=rows,
        first_change=first, last_change=last, end_signal=True,
        files=[LandedFile(path.name, rows, path.stat().st_size, digest)], wellheard=__version__,
    )  # fmt: skip
    (folder / MANIFEST).write_text(manifest.model_dump_json(indent=1))
