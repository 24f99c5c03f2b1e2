"""Themes nobody has listed: what customers began to write about.

Among the comments that no theme of the taxonomy covers, each term (one to three words) is compared:
in how many comments of this month, in how many of the twelve months before? One-sided exact test
(Fisher 1922, doi:10.2307/2340521; document counts as in Rayson and Garside's keyness, 2000,
doi:10.3115/1604683.1604686), within one language so that more customers of a language are no theme,
Holm over all terms of the month, at a tenth of the report's error: the changes of its metrics are
claims of change too. Terms too rare to be found are left out of the family by their
total in both spans, which the test conditions on: that costs no error (Bourgon et al. 2010,
doi:10.1073/pnas.0914005107). Of terms that stand in the same comments the surest is the theme.
Languages written without spaces are not searched.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from wellheard import statistics as st
from wellheard.comments.terms import terms
from wellheard.comments.themes import UNSPACED
from wellheard.share_test import fisher_more

ERROR = 0.05
CHANGE_SHARE = 0.1  # what emerging themes take of the error that a report states for changes
LOOKS_BACK = 12  # months
MOST = 5  # themes a month
_EARLIER_MONTHS = 3  # with comments, before anything can be called new
_EARLIER_TEXTS, _TEXTS = 50, 20  # comments without a theme, before and in the month
_TOGETHER = 0.5


class Comment(NamedTuple):
    """A comment without a theme; `customer` is empty where nobody knows who wrote it."""

    comment_id: str
    period: str
    customer: str
    language: str
    text: str


class Emerging(NamedTuple):
    """A theme found in a month. `now` and `before` are the ids of the comments that have it."""

    period: str
    theme: str
    label: str
    p_adjusted: float
    now: tuple[str, ...]
    before: tuple[str, ...]


def emerging(comments: Iterable[Comment], periods: Sequence[str], minimum_n: int) -> list[Emerging]:
    """The emerging themes of each of the periods (months in order, none left out).

    A term needs `minimum_n` different customers in the month. The same words of the same customer
    in one month count once.
    """
    known = {period: place for place, period in enumerate(periods)}
    months: list[dict[str, list[tuple[str, str, frozenset[str]]]]] = [{} for _ in periods]
    seen = set()
    for comment in sorted(comments):
        said = (comment.period, comment.customer or comment.comment_id, comment.text)
        if comment.language in UNSPACED or comment.period not in known or said in seen:
            continue
        seen.add(said)
        stratum = months[known[comment.period]].setdefault(comment.language, [])
        stratum.append((comment.comment_id, said[1], terms(comment.text)))
    counts = [
        {lang: Counter(t for _, _, found in rows for t in found) for lang, rows in month.items()}
        for month in months
    ]
    found = []
    for place, period in enumerate(periods):
        earlier = range(max(0, place - LOOKS_BACK), place)
        if sum(bool(months[each]) for each in earlier) >= _EARLIER_MONTHS:
            rising = _rising(place, earlier, months, counts, minimum_n)
            found += _themes(period, rising, months[place], [months[each] for each in earlier])
    return found


Stratum = Mapping[str, Sequence[tuple[str, str, frozenset[str]]]]


def _rising(
    place: int,
    earlier: range,
    months: Sequence[Stratum],
    counts: Sequence[Mapping[str, Counter[str]]],
    minimum_n: int,
) -> list[tuple[float, str, str]]:
    """(adjusted p, language, term) of the terms that are surely more frequent now."""
    family: list[tuple[str, str, int, int, int, int]] = []
    for language, rows in sorted(months[place].items()):
        before: Counter[str] = Counter()
        for each in earlier:
            before.update(counts[each].get(language, Counter()))
        n_before = sum(len(months[each].get(language, ())) for each in earlier)
        if len(rows) < _TEXTS or n_before < _EARLIER_TEXTS:
            continue
        now = counts[place][language]
        family += [
            (language, term, now[term], total, len(rows), n_before)
            for term in sorted(now.keys() | before.keys())
            if (total := now[term] + before[term]) >= minimum_n
        ]
    if not family:
        return []
    p = st.holm(
        [fisher_more(now, size, total - now, past) for _, _, now, total, size, past in family]
    )
    p = p / CHANGE_SHARE
    p = np.minimum(p, 1.0)
    return sorted(
        (float(p[i]), language, term)
        for i, (language, term, count, *_) in enumerate(family)
        if p[i] < ERROR and count >= minimum_n
        and len({who for _, who, has in months[place][language] if term in has}) >= minimum_n
    )  # fmt: skip


def _themes(
    period: str,
    rising: Sequence[tuple[float, str, str]],
    now: Stratum,
    before: Sequence[Stratum],
) -> list[Emerging]:
    """The rising terms as themes, the surest first.

    A term that stands in the same comments as a surer one says the same: it is left out.
    """
    chosen: list[tuple[float, str, str, set[str]]] = []
    for p, language, term in sorted(rising, key=lambda r: (r[0], -len(r[2].split()), r[1:])):
        has = {comment for comment, _, found in now[language] if term in found}
        if not any(
            language == other and len(has & covered) >= _TOGETHER * min(len(has), len(covered))
            for _, other, _, covered in chosen
        ):
            chosen.append((p, language, term, has))
    return [
        Emerging(
            period,
            f"emerging_{language}_{term.replace(' ', '_')}",
            term,
            p,
            tuple(comment for comment, _, found in now[language] if term in found),
            tuple(
                comment
                for month in before
                for comment, _, found in month.get(language, ())
                if term in found
            ),
        )
        for p, language, term, _ in chosen[:MOST]
    ]
