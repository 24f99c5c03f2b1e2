"""Reading a list that comes newest first, and changes at its top while it is read.

Stores list reviews so. What is written or edited meanwhile goes to the top, behind the reader's
back, and what is removed moves the rest up over a page's edge. So the top is looked at once more
when a reading took several answers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain

from wellheard.http import Client
from wellheard.sources.base import Page, Record

STANDSTILL = 5  # answers in a row that lead nowhere before the window fails
TURNS = 5  # more looks at a list that changes every time


@dataclass(frozen=True)
class Answer:
    """One answer: its records, what leads to the next (None: the end), how many the vendor has."""

    records: Sequence[Record]
    following: str | None
    total: int | None = None


Ask = Callable[[str | None, int], Answer]  # what led here (None: the top), the page's number


def newest_first(
    client: Client, ask: Ask, *, name: str, since: datetime | None, end: datetime
) -> Iterator[Page]:
    """The pages of a list, up to the vendor's end or, where it is in order, past `since` (UTC).

    Pages wholly of records at or after `end` come empty: those belong to later windows.
    Raises SourceError when the list stands still, or loses records whenever it is read.
    """
    look = _Look(client, ask, name)
    yield from _pages(look, look.answers(), since, end)
    if look.number == 1:
        return  # one answer is of one moment
    for _ in range(TURNS):
        before, look = look, _Look(client, ask, name, after=look)
        answers = look.answers()
        first = next(answers)
        removed = before.shrunk or look.shrunk
        if not removed and look.head is not None and look.head == before.head:
            return  # the top is as it was, and nothing was removed
        # What came to the top since; the whole of it again where others may have moved up.
        top = since if removed or before.head is None else before.head[1]
        yield from _pages(look, chain([first], answers), top, end)
    if look.shrunk:
        raise client.error(
            f"{name}: reviews were removed during each of {TURNS + 1} readings, so that others may "
            "have been passed over; nothing of this window is kept: run it again later",
            look.number,
        )


def _pages(
    look: _Look, answers: Iterator[Answer], since: datetime | None, end: datetime
) -> Iterator[Page]:
    for answer in answers:
        later = all(record.changed_at >= end for record in answer.records)
        yield Page(look.number, [] if later else answer.records)
        if look.passed(since):
            return


class _Look:
    """One reading of the list, from its top."""

    def __init__(self, client: Client, ask: Ask, name: str, after: _Look | None = None) -> None:
        self._client, self._ask, self._name = client, ask, name
        self.number: int = after.number if after else 0
        self.head: tuple[str, datetime] | None = None  # the first record's id and clock
        self.shrunk: bool = False  # the vendor's total became less
        self._total: int | None = after._total if after else None
        self._last: datetime | None = None
        self._sorted = True

    def answers(self) -> Iterator[Answer]:
        following: str | None = None
        standstill = 0
        while True:
            self.number += 1
            answer = self._ask(following, self.number)
            self._note(answer)
            yield answer
            if answer.following is None:
                return
            standstill = standstill + 1 if answer.following == following else 0
            if standstill >= STANDSTILL:
                raise self._client.error(
                    f"{self._name}: the list stands still, {standstill + 1} answers in a row lead "
                    "to the same place; nothing of this window is kept: run it again later",
                    self.number,
                )
            if standstill:
                self._client.pause(standstill)
            following = answer.following

    def passed(self, since: datetime | None) -> bool:
        """Whether all that follows is older. A row out of order takes that certainty away."""
        return since is not None and self._sorted and self._last is not None and self._last < since

    def _note(self, answer: Answer) -> None:
        for record in answer.records:
            self.head = self.head or (record.id, record.changed_at)
            self._sorted &= self._last is None or record.changed_at <= self._last
            self._last = record.changed_at
        if answer.total is not None:
            self.shrunk |= self._total is not None and answer.total < self._total
            self._total = answer.total
