"""Which comments stand for a theme.

Those nearest to the theme's centre: cosine to the mean of the TF-IDF vectors (Salton and Buckley
1988, doi:10.1016/0306-4573(88)90021-0) of all its comments, of a length that can be read at a
glance, from different customers, and not the same words twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from wellheard.comments.terms import words

MOST = 3
SHORTEST, LONGEST = 25, 280  # signs
_FEWEST_WORDS = 4
_ALIKE = 0.6  # from which part of the shorter quote's words, by weight, two say the same


class Quotable(NamedTuple):
    """A comment that may be quoted; `customer` is empty where nobody knows who wrote it."""

    comment_id: str
    customer: str
    text: str


def choose(
    comments: Sequence[Quotable], groups: Mapping[tuple[str, ...], Sequence[int]]
) -> dict[tuple[str, ...], list[int]]:
    """At most three comments of each group (places in `comments`), the most typical first.

    A comment with something redacted comes after those without. Ties go by text and id, so the
    order of the comments does not matter.
    """
    weights, readable = _weights(comments), [_is_readable(each.text) for each in comments]
    return {key: _chosen(comments, weights, readable, groups[key]) for key in sorted(groups)}


def _is_readable(text: str) -> bool:
    text = text.strip()
    plain = sum(sign.isalpha() or sign.isspace() for sign in text)
    spaced = len(words(text)) >= _FEWEST_WORDS or not text.isascii()
    length = len(text) if text.isascii() else 2 * len(text)
    is_short = length < SHORTEST or len(text) > LONGEST
    return not is_short and spaced and plain >= 0.75 * len(text) and "://" not in text


def _weights(comments: Sequence[Quotable]) -> sparse.csr_array:
    """Which words each comment has, by how rare they are."""
    vocabulary: dict[str, int] = {}
    rows, columns = [], []
    for place, comment in enumerate(comments):
        for word in sorted(set(words(comment.text))):
            rows.append(place)
            columns.append(vocabulary.setdefault(word, len(vocabulary)))
    shape = (len(comments), max(len(vocabulary), 1))
    matrix = sparse.csr_array((np.ones(len(rows)), (rows, columns)), shape=shape)
    frequency = np.bincount(np.asarray(columns, dtype=np.int64), minlength=shape[1])
    weight = np.log((1 + shape[0]) / (1 + frequency)) + 1
    return sparse.csr_array(matrix @ sparse.diags_array(weight))


def _normal(weights: sparse.csr_array) -> sparse.csr_array:
    length = np.sqrt(np.asarray(weights.multiply(weights).sum(axis=1))).ravel()
    return sparse.csr_array(sparse.diags_array(1 / np.where(length > 0, length, 1.0)) @ weights)


def _shared(one: sparse.csr_array, other: sparse.csr_array) -> float:
    """The weight of the words two comments share, as a part of what the lighter one weighs.

    A phrase around the same sentence ("as a long-time customer: ...") makes no other quote.
    """
    lighter = min(float(one.sum()), float(other.sum()))
    return round(float(one.minimum(other).sum()) / lighter, 9) if lighter else 1.0


def _chosen(
    comments: Sequence[Quotable],
    weights: sparse.csr_array,
    readable: Sequence[bool],
    group: Sequence[int],
) -> list[int]:
    # In the order of the ids: sums of floats depend on it, the choice must not.
    places = sorted(group, key=lambda place: comments[place].comment_id)
    if not places:
        return []
    weights = weights[places]
    here = _normal(weights)
    centre: NDArray[np.float64] = np.asarray(here.mean(axis=0)).ravel()
    nearness = np.round(here @ centre, 9)
    order = sorted(
        (i for i, place in enumerate(places) if readable[place]),
        key=lambda i: (
            "[" in comments[places[i]].text, -nearness[i], comments[places[i]].text,
            comments[places[i]].comment_id,
        ),
    )  # fmt: skip
    chosen: list[int] = []
    for i in order:
        customer = comments[places[i]].customer
        if customer and any(comments[places[j]].customer == customer for j in chosen):
            continue
        if any(_shared(weights[[i]], weights[[j]]) >= _ALIKE for j in chosen):
            continue
        chosen.append(i)
        if len(chosen) == MOST:
            break
    return [places[i] for i in chosen]
