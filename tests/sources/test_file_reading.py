"""Files become records of a contract exactly as their mapping says, in every format."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from textwrap import dedent
from typing import Any
from unittest.mock import patch

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from file_world import HEADER, MAPPING, ROW, make_file_world
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wellheard.sources import file_readers

FOCUS_GROUP = """
    streams:
      answers:
        contract: feedback
        files: [drops/*.csv, drops/*.tsv, drops/*.json, drops/*.jsonl, drops/*.parquet, drops/*.gz]
        id: [wave, person]
        columns:
          score: ease
          responded_at: day
          channel: how
          customer_key: person
          weight: w
          comment: words
        dates: {responded_at: {format: "%Y-%m-%d %H:%M", zone: Europe/London}}
        missing: {"*": ["?"], score: ["6", "0"]}
        values: {channel: {"1": web, "2": phone}}
        constants: {survey_id: focus, question_id: ease, journey_stage: onboard}
"""
NO_ID = MAPPING.replace("        id: id\n", "").replace("response_id: id, ", "")
ROWS = [
    {"wave": "1", "person": "p1", "day": "2026-06-15 10:30", "ease": "4", "how": "1", "w": "0.5",
     "words": "Fine, \"really\"\nfine"},
    {"wave": "1", "person": "p2", "day": "2026-01-15 10:30", "ease": "6", "how": "3", "w": "?",
     "words": "?"},
]  # fmt: skip
EXPECTED = [
    {"response_id": "1|p1", "survey_id": "focus", "question_id": "ease", "score": 4,
     "responded_at": "2026-06-15T09:30:00Z", "customer_key": "p1", "channel": "web",
     "journey_stage": "onboard", "weight": 0.5, "comment": "Fine, \"really\"\nfine"},
    {"response_id": "1|p2", "survey_id": "focus", "question_id": "ease",
     "responded_at": "2026-01-15T10:30:00Z", "customer_key": "p2", "channel": "3",
     "journey_stage": "onboard"},
]  # fmt: skip


def _delimited(delimiter: str) -> bytes:
    quoted = [
        delimiter.join('"' + field.replace('"', '""') + '"' for field in row.values())
        for row in ROWS
    ]
    return "\r\n".join([delimiter.join(ROWS[0]), *quoted, ""]).encode()


def _parquet(tmp_path: Path, rows: list[dict[str, Any]]) -> bytes:
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "table")
    return (tmp_path / "table").read_bytes()


@pytest.mark.parametrize(
    "name", ["a.csv", "a.CSV", "a.csv.gz", "a.tsv", "a.json", "a.json.gz", "a.jsonl", "a.parquet"]
)
def test_every_format_gives_the_same_records(tmp_path: Path, name: str) -> None:
    world = make_file_world(
        tmp_path, FOCUS_GROUP.replace("[drops/*.csv", "[drops/*.CSV, drops/*.csv")
    )
    content = {
        "csv": _delimited(","),
        "tsv": _delimited("\t"),
        "json": json.dumps(ROWS, indent=1).encode(),
        "jsonl": "\n".join(map(json.dumps, ROWS)).encode(),
        "parquet": _parquet(tmp_path, ROWS),
    }[name.lower().removesuffix(".gz").rsplit(".", 1)[-1]]
    world.drop(name, gzip.compress(content) if name.endswith(".gz") else content)
    manifest = world.land()
    assert world.contract_columns() == EXPECTED
    assert [row["record_id"] for row in world.rows()] == ["1|p1", "1|p2"]
    assert (manifest.contract, manifest.sent, manifest.distinct) == ("feedback", 2, 2)
    assert [file.name for file in manifest.inputs] == [f"drops/{name}"]
    assert manifest.end_signal


def test_the_raw_row_and_its_place_stay_with_the_record(tmp_path: Path) -> None:
    world = make_file_world(tmp_path, FOCUS_GROUP)
    world.drop("a.csv", _delimited(","))
    world.land()
    second = world.records()[1]
    assert second["_row"] == ROWS[1]
    assert second["_file"] == "drops/a.csv"
    assert [record["_line"] for record in world.records()] == [2, 4]  # a comment has a line break


def test_a_byte_order_mark_is_no_part_of_the_first_column(tmp_path: Path) -> None:
    world = make_file_world(tmp_path)
    world.drop("a.csv", b"\xef\xbb\xbf" + (HEADER + ROW).encode())
    world.land()
    assert world.contract_columns()[0]["response_id"] == "r1"
    assert list(world.records()[0]["_row"]) == ["id", "when", "score", "text"]


def test_a_missing_code_is_null_and_blank_is_too(tmp_path: Path) -> None:
    world = make_file_world(tmp_path)
    world.drop("a.csv", HEADER + "a,15/06/2026 10:30,99,\nb,15/06/2026 10:30, ,\nc,,5,\n")
    world.land()
    assert [r["score"] for r in world.records()] == [None, None, 5]
    assert world.records()[2]["responded_at"] is None


@pytest.mark.parametrize(
    ("rule", "written", "utc"),
    [
        ("{zone: UTC}", "2026-06-15 10:30:15", "2026-06-15T10:30:15Z"),
        ("{zone: UTC}", "2026-06-15T10:30:15+02:00", "2026-06-15T08:30:15Z"),
        ("{zone: Europe/London}", "2026-06-15", "2026-06-14T23:00:00Z"),
        ("{format: epoch}", "1781519415", "2026-06-15T10:30:15Z"),
        ("{format: epoch_ms}", "1781519415250", "2026-06-15T10:30:15.250000Z"),
        (
            "{format: '%d.%m.%y %I:%M %p', zone: Asia/Tokyo}",
            "15.06.26 01:30 pm",
            "2026-06-15T04:30:00Z",
        ),
        ("{format: '%d/%m/%Y %H:%M %z'}", "15/06/2026 10:30 -0500", "2026-06-15T15:30:00Z"),
        # the hour that comes twice: its first pass
        ("{zone: Europe/London}", "2026-10-25 01:30", "2026-10-25T00:30:00Z"),
    ],
)
def test_times_are_told_in_utc(tmp_path: Path, rule: str, written: str, utc: str) -> None:
    world = make_file_world(
        tmp_path,
        MAPPING.replace(
            '{responded_at: {format: "%d/%m/%Y %H:%M", zone: Europe/London}}',
            f"{{responded_at: {rule}}}",
        ),
    )
    world.drop("a.csv", HEADER + f"r1,{written},9,\n")
    world.land()
    assert world.records()[0]["responded_at"] == utc


def test_typed_columns_of_json_and_parquet_are_understood(tmp_path: Path) -> None:
    mapping = """
        streams:
          customers:
            contract: customers
            files: drops/*
            id: account.no
            columns:
              {customer_key: account.no, account_value: mrr, joined_on: joined, segment: kind}
          events:
            contract: case_events
            files: events/*
            columns: {case_id: case, occurred_at: at, event: what, is_public: public}
    """
    world = make_file_world(tmp_path, mapping)
    world.drop(
        "a.json",
        json.dumps(
            [
                {
                    "account": {"no": 17},
                    "mrr": 19.90,
                    "joined": "2026-02-03",
                    "kind": None,
                    "tags": ["a"],
                },
                {"account": {"no": 18}, "mrr": 20, "joined": None, "kind": "smb"},
            ]
        ),
    )
    pq.write_table(
        pa.Table.from_pylist(
            [
                {
                    "account": {"no": 19},
                    "mrr": Decimal("5.25"),
                    "joined": date(2026, 2, 4),
                    "kind": "smb",
                }
            ]
        ),
        world.folder / "drops" / "b.parquet",
    )
    (world.folder / "events").mkdir()
    moment = datetime(2026, 6, 15, 10, 30, tzinfo=UTC)
    pq.write_table(
        pa.Table.from_pylist(
            [
                {"case": 1, "at": moment, "what": "created", "public": True},
                {"case": 1, "at": moment, "what": "status", "public": None},
            ]
        ),
        world.folder / "events" / "e.parquet",
    )
    world.land(stream="customers")
    assert world.contract_columns() == [
        {"customer_key": "17", "account_value": 19.9, "joined_on": "2026-02-03"},
        {"customer_key": "18", "account_value": 20, "segment": "smb"},
        {"customer_key": "19", "account_value": 5.25, "joined_on": "2026-02-04", "segment": "smb"},
    ]
    assert world.records()[0]["_row"]["tags"] == '["a"]'
    world.land(stream="events")
    first, second = world.contract_columns()[3:]
    assert first["occurred_at"] == "2026-06-15T10:30:00Z"
    assert (first["is_public"], first["case_id"]) == (True, "1")
    # two events of one second keep the order they stood in
    assert (first["sequence"], second["sequence"]) == (1, 2)
    assert first["case_event_id"] != second["case_event_id"]


def test_codes_yaml_would_take_for_something_else_are_text(tmp_path: Path) -> None:
    world = make_file_world(
        tmp_path,
        MAPPING.replace('missing: {score: ["99"]}', "missing: {score: [No, 007, 1e3]}"),
    )
    rows = "".join(f"{code},15/06/2026 10:30,{code},\n" for code in ("No", "007", "1e3", "7"))
    world.drop("a.csv", HEADER + rows)
    world.land()
    assert [r["score"] for r in world.records()] == [None, None, None, 7]


def test_decimal_commas_are_read_when_the_mapping_says_so(tmp_path: Path) -> None:
    world = make_file_world(tmp_path, MAPPING + "        decimal: ','\n        delimiter: ';'\n")
    world.drop("a.csv", "id;when;score;text\nr1;15/06/2026 10:30;7,5;\n")
    world.land()
    assert world.records()[0]["score"] == 7.5


@pytest.mark.parametrize(
    ("decimal", "written", "number"),
    [(",", "1.234,5", 1234.5), (",", "1.234", 1234), (",", "-12.345.678", -12345678),
     (",", "7.5", 7.5), (",", "0.125", 0.125), (".", "1,234.5", 1234.5), (".", "1.234", 1.234)],
)  # fmt: skip
def test_thousands_that_can_be_nothing_else_are_read(
    tmp_path: Path, decimal: str, written: str, number: float
) -> None:
    world = make_file_world(tmp_path, MAPPING + f"        decimal: '{decimal}'\n")
    world.drop("a.csv", HEADER + f'r1,15/06/2026 10:30,"{written}",\n')
    world.land()
    assert world.records()[0]["score"] == number


def test_a_number_that_is_one_already_has_no_thousands_to_part(tmp_path: Path) -> None:
    mapping = MAPPING.replace("drops/*.csv", "drops/*.json") + "        decimal: ','\n"
    world = make_file_world(tmp_path, mapping)
    row = {"id": "r1", "when": "15/06/2026 10:30", "score": 1.234, "text": ""}
    world.drop("a.json", json.dumps([row]))
    world.land()
    assert world.records()[0]["score"] == 1.234


def test_equal_rows_without_an_id_are_two_answers_however_columns_are_ordered(
    tmp_path: Path,
) -> None:
    world = make_file_world(tmp_path, NO_ID)
    world.drop("a.csv", "when,score,text\n" + "15/06/2026 10:30,9,Good\n" * 2)
    first = world.land()
    assert (first.landed, first.distinct) == (2, 2)
    ids = [row["record_id"] for row in world.rows()]
    assert [r["response_id"] for r in world.records()] == ids
    # the same answers exported again, with one more: the old ones keep their ids
    other = make_file_world(tmp_path / "other", NO_ID)
    other.drop("b.csv", "score,text,when\n" + "9,Good,15/06/2026 10:30\n" * 3)
    other.land()
    assert [row["record_id"] for row in other.rows()][:2] == ids


def test_an_id_of_several_columns_cannot_be_mistaken_for_another(tmp_path: Path) -> None:
    world = make_file_world(tmp_path, FOCUS_GROUP)
    rows = [{**ROWS[0], "wave": "a|b", "person": "c"}, {**ROWS[0], "wave": "a", "person": "b|c"}]
    world.drop("a.json", json.dumps(rows))
    assert world.land().distinct == 2


def test_half_a_surrogate_pair_becomes_a_replacement_character(tmp_path: Path) -> None:
    world = make_file_world(tmp_path, MAPPING.replace("*.csv", "*.json"))
    world.drop("a.json", '[{"id":"r1","when":"15/06/2026 10:30","score":9,"text":"\\ud83d ok"}]')
    world.land()
    assert world.records()[0]["comment"] == "\ufffd ok"


def test_a_record_takes_its_files_time_as_its_change(tmp_path: Path) -> None:
    world = make_file_world(tmp_path)
    path = world.drop("a.csv", HEADER + ROW)
    os.utime(path, (1781519415, 1781519415))
    manifest = world.land()
    assert manifest.first_change == datetime(2026, 6, 15, 10, 30, 15, tzinfo=UTC)


_objects = st.lists(
    st.dictionaries(
        st.text(max_size=4), st.none() | st.booleans() | st.integers() | st.text() |
        st.lists(st.text(max_size=3), max_size=2), max_size=3,
    ),
    max_size=6,
)  # fmt: skip


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    records=_objects,
    indent=st.sampled_from([None, 1]),
    escape=st.booleans(),
    chunk=st.integers(1, 40),
)
def test_a_json_array_read_piece_by_piece_is_the_array(
    tmp_path: Path, records: list[dict[str, Any]], indent: int | None, escape: bool, chunk: int
) -> None:
    path = tmp_path / "a.json"
    path.write_text(
        json.dumps(records, indent=indent, ensure_ascii=escape), "utf-8", "surrogatepass"
    ) if escape else path.write_bytes(
        json.dumps(records, indent=indent, ensure_ascii=False).encode("utf-8", "replace")
    )
    with patch.object(file_readers, "_CHUNK", chunk):
        read = file_readers.read_rows(
            path, "json", encoding="utf-8", delimiter=",", needed=frozenset()
        )
        found = [row.fields for row in read]
    assert found == json.loads(path.read_text("utf-8"))


MEASURED = """
    import json, resource, sys
    from pathlib import Path
    sys.path.insert(0, sys.argv[1])
    import pyarrow, pyarrow.parquet, numpy
    from file_world import MAPPING, make_file_world

    world = make_file_world(Path(sys.argv[2]), MAPPING.replace("*.csv", "*"))
    words = "well " * 1600
    with (world.folder / "drops" / "a.json").open("w") as out:
        for i in range(int(sys.argv[3])):
            row = {"id": str(i), "when": "15/06/2026 10:30", "score": i % 11, "text": words}
            out.write(("," if i else "[") + json.dumps(row))
        out.write("]")
    assert world.land().distinct == int(sys.argv[3])
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    held = []
    for rows in (2_000, 10_000):
        done = subprocess.run(
            [sys.executable, "-c", dedent(MEASURED), str(Path(__file__).parent),
             str(tmp_path / str(rows)), str(rows)],
            capture_output=True, text=True, timeout=120, check=True,
        )  # fmt: skip
        held.append(int(done.stdout) * (1024 if sys.platform == "linux" else 1))
    # 64 MB more of file, and 128 MB more of payload, went through.
    assert held[1] - held[0] < 32 * 2**20
