"""What the story says the drivers weigh, worked out without the project's own statistics."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import permutations

import numpy as np

from wellheard.demo import story
from wellheard.periods import Period


def true_driver_shares(months: Sequence[str]) -> tuple[dict[str, float], float]:
    """LMG shares and R squared of the story itself, in percent, from 200,000 answers of
    these months."""
    random = np.random.default_rng(1)
    weights = np.zeros(11)
    for month in months:
        for segment, share in story.SEGMENTS.items():
            period = Period.parse(month)
            for channel, part in story.relation_channels(period).items():
                weights += share * part * np.array(story.nps_distribution(period, segment, channel))
    scores = random.choice(11, 200_000, p=weights / weights.sum())
    ratings = {
        name: np.clip(
            np.rint(random.normal(level + slope * (scores - 7), story.DRIVER_SPREAD)), 1, 5
        )
        for name, (level, slope) in story.DRIVERS.items()
    }
    table = np.corrcoef(np.vstack([scores, *ratings.values()]))

    def explained(chosen: tuple[int, ...]) -> float:
        if not chosen:
            return 0.0
        inner, outer = table[np.ix_(chosen, chosen)], table[list(chosen), 0]
        return float(outer @ np.linalg.solve(inner, outer))

    shares: dict[int, float] = defaultdict(float)
    orders = list(permutations(range(1, 6)))
    for order in orders:
        for place, driver in enumerate(order):
            gain = explained(order[: place + 1]) - explained(order[:place])
            shares[driver] += 100 * gain / len(orders)
    return dict(zip(ratings, (shares[i] for i in range(1, 6)), strict=True)), 100 * explained(
        orders[0]
    )
