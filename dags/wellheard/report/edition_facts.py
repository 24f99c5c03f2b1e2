"""What an edition is made of: the query results and their context, before any wording."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from wellheard.periods import Period
from wellheard.publication import Publication
from wellheard.report.definitions import Report
from wellheard.report.figures import Row
from wellheard.report.language import Language

if TYPE_CHECKING:
    from wellheard.audiences import Audience


@dataclass(frozen=True)
class Facts:
    """Everything the panels and findings of one edition read.

    `series` has, for each metric with any data, one row per month of `months`, gaps included;
    `members` maps dimension -> member -> label in the company's order.
    """

    report: Report
    company: str
    zone: str
    publication: Publication
    period: Period
    audience: Audience
    audience_title: str
    scope_title: str
    words: Language
    results: dict[str, list[Row]]
    catalogue: dict[str, dict[str, Any]]
    months: list[Period]
    series: dict[str, list[Row]]
    members: dict[str, dict[str, str]]
    clean: Callable[[str], str]

    @property
    def last_day(self) -> date:
        following = self.period.shift(1)
        return date(following.year, following.month, 1) - timedelta(days=1)

    @property
    def whole_company(self) -> bool:
        return self.audience.scope == "all"

    @property
    def headline(self) -> list[str]:
        """The report's headline metrics that have any data in the months shown."""
        return [name for name in self.report.headline if name in self.series]

    @property
    def judged(self) -> list[str]:
        """The headline, then every other metric with data: all that the month's tests look at."""
        return list(dict.fromkeys([*self.headline, *self.series]))

    def now(self, metric: str) -> Row:
        """The metric's row of the reported month."""
        return self.series[metric][-1]

    def label(self, metric: str) -> str:
        return str(self.catalogue[metric]["label"])

    def short_label(self, metric: str) -> str:
        """The metric's abbreviation where the language has one: NPS."""
        known = self.catalogue.get(metric)
        return known["short_label"] if known else self.words.name("short_metrics", metric, metric)

    def nothing(self, panel: str) -> dict[str, Any]:
        """A panel without data: its name and the sentence that says so, gathered in one list."""
        return {
            "missing": {
                "title": self.words.say(f"{panel}.heading_short"),
                "text": self.words.say(f"{panel}.none"),
            }
        }

    def compact(self, metric: str) -> bool:
        """Whether a small table prints the metric's values short: times, which are long."""
        return bool(self.catalogue[metric]["unit"] == "minutes")

    def cells(self, dimension: str, metric: str) -> dict[str, Row]:
        """The reported month's rows of a dimension by member; members with answers only."""
        return {
            row["member"]: row
            for row in self.results["cells"]
            if row["dimension"] == dimension and row["metric"] == metric
        }

    def journey_metric(self, dimension: str = "journey_stage") -> str | None:
        """The first of the report's journey metrics that has any row of the dimension."""
        for metric in self.report.journey:
            if metric in self.catalogue and self.cells(dimension, metric):
                return metric
        return None
