"""What the company calls things in the edition's language: `labels.yml` beside `wellheard.yml`.

Seeds have one label each. A company that reports in more than one language says in that file what
its stages, touchpoints and so on are called there; what it does not say keeps the seed's label.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import RootModel

from wellheard.report.language import Language
from wellheard.settings import Settings, read_yaml_as

Row = dict[str, Any]
Kind = Literal[
    "journey_stage", "touchpoint", "channel", "segment", "theme", "driver", "survey", "action",
    "owner",
]  # fmt: skip
# Kinds whose keys stand in a seed of that name; surveys, drivers and owners come from elsewhere.
OF_SEEDS: frozenset[Kind] = frozenset(
    ("journey_stage", "touchpoint", "channel", "segment", "theme")
)
Names = dict[str, dict[str, str]]  # kind -> key -> label


class _File(RootModel[dict[str, dict[Kind, dict[str, str]]]]):
    """Language, kind, key: label."""


# Which columns of which query hold a key, its label, and of which kind it is (a column's name where
# rows differ in it).
_LABELLED: dict[str, list[tuple[str, str, str]]] = {
    "members": [("member", "label", "=dimension")],
    "movement": [("member", "label", "=dimension")],
    "stages": [
        ("journey_stage", "label", "journey_stage"),
        ("pain_touchpoint", "pain_label", "touchpoint"),
    ],
    "journey_cells": [
        ("journey_stage", "stage_label", "journey_stage"),
        ("touchpoint", "touchpoint_label", "touchpoint"),
        ("channel", "channel_label", "channel"),
    ],
    "moments": [("touchpoint", "label", "touchpoint")],
    "paths": [
        ("from_touchpoint", "from_label", "touchpoint"),
        ("to_touchpoint", "to_label", "touchpoint"),
    ],
    "consistency": [
        ("journey_stage", "label", "journey_stage"),
        ("channel_a", "channel_a_label", "channel"),
        ("channel_b", "channel_b_label", "channel"),
    ],
    "themes": [("theme", "label", "theme")],
    "drivers": [("driver", "label", "driver")],
    "response": [("survey_id", "label", "survey")],
    "actions": [("action_id", "title", "action"), ("owner", "owner", "owner")],
}


def read(settings: Settings) -> Mapping[str, Mapping[Kind, dict[str, str]]]:
    """What `labels.yml` says, by language and kind; nothing where there is none.

    Raises ConfigError naming the file and the key that cannot be used.
    """
    if not settings.labels_file.is_file():
        return {}
    return read_yaml_as(_File, settings.labels_file).root


def load(settings: Settings, words: Language) -> Names:
    """The labels of the edition's language by kind and key; the language's own drivers beneath.

    Raises ConfigError naming the file and the key that cannot be used.
    """
    names: Names = {"driver": dict(words.texts.get("drivers_named") or {})}
    for kind, labels in read(settings).get(words.code, {}).items():
        names[kind] = {**names.get(kind, {}), **labels}
    return names


def put(names: Names, results: dict[str, list[Row]]) -> dict[str, list[Row]]:
    """The query results with these labels in the place of the seeds'."""
    return {
        query: [_labelled(names, row, _LABELLED.get(query, ())) for row in rows]
        for query, rows in results.items()
    }


def _labelled(names: Names, row: Row, columns: Any) -> Row:
    changed = {}
    for key, label, kind in columns:
        of = row[kind[1:]] if kind.startswith("=") else kind
        found = names.get(of, {}).get(row[key])
        if found is not None:
            changed[label] = found
    return {**row, **changed} if changed else row
