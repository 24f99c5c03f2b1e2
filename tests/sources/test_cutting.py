"""The records of an answer are cut out of it byte for byte, however it is written."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import pytest

from wellheard.sources.cutting import cut


class _Row(msgspec.Struct):
    url: msgspec.Raw = msgspec.Raw()


class _Rows(msgspec.Struct):
    rows: list[_Row]


class _Texts(msgspec.Struct):
    rows: list[msgspec.Raw]


ROWS: list[dict[str, Any]] = [
    {"url": "https://a/1", "id": 1, "text": 'Größe },{"url":"no"} \\" ☎'},
    {"url": None, "id": 2, "links": [{"url": "x"}, {"url": "y"}], "via": {"url": {"url": 1}}},
    {"url": {"url": ["},{"]}, "id": 3},
    {"url": "", "id": 4, "empty": {}},
]


def compact(rows: Sequence[object]) -> bytes:
    text = json.dumps(rows, separators=(",", ":"), ensure_ascii=False)
    return ('{"rows":' + text + ',"url":"next","count":3}').encode()


def pieces(body: bytes) -> tuple[list[bytes], list[bytes]]:
    """The texts that are cut, and those that were read the long way meanwhile."""
    read: list[bytes] = []

    def texts(answer: bytes) -> Sequence[msgspec.Raw]:
        read.append(answer)
        return msgspec.json.decode(answer, type=_Texts).rows

    values = [row.url for row in msgspec.json.decode(body, type=_Rows).rows]
    return [bytes(one) for one in cut(body, values, within="rows", key="url", texts=texts)], read


def as_read(body: bytes) -> list[bytes]:
    return [bytes(one) for one in msgspec.json.decode(body, type=_Texts).rows]


def test_records_that_begin_with_their_key_are_cut_without_reading_them_again() -> None:
    body = compact(ROWS)
    found, read = pieces(body)
    assert found == as_read(body)
    assert body not in read
    assert [json.loads(one) for one in found] == ROWS


def test_one_record_alone_is_cut() -> None:
    body = compact(ROWS[:1])
    assert pieces(body)[0] == as_read(body)


@pytest.mark.parametrize(
    "written",
    [
        lambda rows: compact([{"id": 0, **row} for row in rows]),
        lambda rows: compact([*rows[:2], {"id": 5}, *rows[2:]]),
        lambda rows: compact([{"id": 5, "link": {"url": "inner"}}, *rows]),
        lambda rows: compact([*rows, {"id": 5, "link": [{"id": 1}, {"url": "inner"}]}]),
        lambda rows: json.dumps({"rows": rows}).encode(),
        lambda rows: json.dumps({"rows": rows}, indent=1).encode(),
        lambda rows: compact(rows).replace(b'},{"url":null', b'} ,{"url":null'),
        lambda rows: compact(rows).replace(b'{"url":null', b'{"\\u0075rl":null'),
        lambda rows: compact(rows).replace(b'{"url":null', b'{"url":1,"url":null'),
        lambda rows: compact([]),
    ],
    ids=[
        "the key later",
        "the key missing",
        "the key in an object of the first",
        "the key in a list of the last",
        "with spaces",
        "in lines",
        "space between two",
        "the key escaped",
        "the key twice",
        "no records",
    ],
)
def test_records_written_in_any_other_way_are_cut_all_the_same(
    written: Callable[[list[dict[str, Any]]], bytes],
) -> None:
    body = written(ROWS)
    found, read = pieces(body)
    assert found == as_read(body)
    assert body in read
