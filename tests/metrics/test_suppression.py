"""What stays hidden: nothing small may be reckoned from all that is printed together."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from wellheard.suppression import Sums, hidden

MINIMUM = 5


class Table:
    """Stages by channels with their sums and the whole, as the cells of one month."""

    def __init__(self, inner: NDArray[np.int64]) -> None:
        rows, columns = inner.shape
        stage, channel = np.indices(inner.shape)
        self.n = np.concatenate([inner.ravel(), inner.sum(1), inner.sum(0), [inner.sum()]])
        size, self.whole = inner.size, len(self.n) - 1
        nowhere = np.full(len(self.n), -1)

        def sums(members: slice, labels: NDArray[np.int64], total: NDArray[np.int64]) -> Sums:
            group = nowhere.copy()
            group[members] = labels
            return Sums(group, total)

        stages, channels = slice(size, size + rows), slice(size + rows, self.whole)
        at = np.arange(len(self.n))
        self.sums = [
            sums(slice(0, size), stage.ravel(), at[stages]),
            sums(slice(0, size), channel.ravel(), at[channels]),
            sums(stages, np.zeros(rows, np.int64), at[self.whole :]),
            sums(channels, np.zeros(columns, np.int64), at[self.whole :]),
        ]

    def given_away(self, secret: NDArray[np.bool_]) -> list[int]:
        """The small cells that the printed ones determine: no other table prints the same."""
        equations = []
        for each in self.sums:
            for label, total in enumerate(each.total):
                row = (each.group == label).astype(np.int64)
                row[total] -= 1
                equations.append(row)
        unknown = np.array(equations)[:, secret]
        rank = np.linalg.matrix_rank(unknown)
        units = np.eye(unknown.shape[1], dtype=np.int64)
        return [
            cell
            for cell, unit in zip(np.flatnonzero(secret), units, strict=True)
            if self.n[cell] < MINIMUM and np.linalg.matrix_rank(np.vstack([unknown, unit])) == rank
        ]


def test_a_small_cell_does_not_follow_from_the_sums_of_stages_and_channels_together() -> None:
    inner = np.full((4, 4), 30)
    inner[:2, :2] = inner[2:, 2:] = 4
    # Nine small cells, two or three in each stage and channel; yet stages 1 and 2 less channels 1
    # and 2 leave the ninth.
    inner[0, 2] = 4
    table = Table(inner)
    alone = (table.n > 0) & (table.n < MINIMUM)
    assert table.given_away(alone) == [2]
    secret = hidden(table.n, MINIMUM, table.sums)
    assert table.given_away(secret) == []
    assert secret[alone].all()
    assert secret.sum() == 10  # one more cell does
    assert not secret[table.whole]


def test_no_small_cell_of_any_table_can_be_reckoned() -> None:
    chance = np.random.default_rng(11)
    for _ in range(60):
        shape = chance.integers(2, 10, 2)
        table = Table(chance.poisson(chance.uniform(5, 9), shape))
        secret = hidden(table.n, MINIMUM, table.sums)
        assert table.given_away(secret) == [], table.n
        assert not secret[table.n == 0].any()


def parts(*n: int) -> NDArray[np.bool_]:
    """What is hidden of some members and, last, their total."""
    group = np.append(np.zeros(len(n) - 1, np.int64), -1)
    return hidden(np.array(n), MINIMUM, [Sums(group, np.array([len(n) - 1]))], unnamed=True)


def test_a_few_that_name_no_member_do_not_follow_from_the_others() -> None:
    # 53 less 20 and 30 would be the three.
    assert parts(20, 30, 53).tolist() == [True, False, False]
    # Five may follow, as they might be printed.
    assert not parts(20, 30, 55).any()
    # A small cell with a name is given the company of one with a name.
    assert parts(3, 20, 30, 55).tolist() == [True, True, False, False]
    # A lone member tells of those who are not in it.
    assert parts(9, 10).tolist() == [True, False]


def test_a_total_that_its_members_do_not_make_up_is_printed() -> None:
    # One answer knows its stage, 99 do not: 100 tells nothing of the one.
    n = np.array([1, 100])
    stages = Sums(group=np.array([0, -1]), total=np.array([1]))
    assert hidden(n, MINIMUM, [stages]).tolist() == [True, False]
