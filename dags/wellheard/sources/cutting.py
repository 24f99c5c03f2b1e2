"""Cutting the records out of a long answer that has been read already, without a second reading."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

import msgspec


def cut(
    body: bytes,
    values: Sequence[msgspec.Raw],
    *,
    within: str,
    key: str,
    texts: Callable[[bytes], Sequence[msgspec.Raw]],
) -> Sequence[msgspec.Raw | memoryview]:
    """The texts of the records in the list `within` of an answer, which is a JSON object.

    `values` are what the records have under `key`, in their order, as msgspec found them in the
    very bytes of `body`. Where every one of them stands behind `},{"key":`, the key is the first of
    its record and the record before ends there: the quote behind a brace is in no string, and ends
    at the next. `texts` reads the list itself, for the end of the last record - and for all of them
    where a key comes later, is missing, or has space around it.
    """
    import pyarrow as pa

    first = b'{"%b":' % key.encode()
    between = b"}," + first
    begin = pa.py_buffer(body).address + len(first)
    starts = [pa.py_buffer(value).address - begin for value in values]  # outside: no piece of it
    if (
        not starts
        or min(starts) < len(between)
        or not body.startswith(first, starts[0])
        or not all(body.startswith(between, start - 2) for start in starts[1:])
    ):
        return texts(body)
    view = memoryview(body)
    last = texts(b'{"%b":[' % within.encode() + body[starts[-1] :])[0]
    return [*(view[start : end - 1] for start, end in pairwise(starts)), last]
