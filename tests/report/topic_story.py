"""A small story with every topic's table, ways to bend it, and to look at its document."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from report_world import METRICS, Row, Story
from topic_tables import Topics

Tables = dict[str, list[Row]]
DocumentOf = Callable[..., dict[str, Any]]
SHORT = [m for m in METRICS if m[0] in ("nps", "csat", "reopen_rate", "first_reply_minutes")]


def story(edit: Callable[[Tables], None] | None = None, **changes: Any) -> Story:
    small: dict[str, Any] = {
        "metrics": SHORT, "stages": ["Buy", "Use", "Get help"],
        "touchpoints": ["Checkout", "App home", "Phone support"], "channels": ["Web", "Phone"],
        "topics": Topics(), "edit": edit,
    }  # fmt: skip
    return Story(**{**small, **changes})


def of(tables: Tables, name: str, **wanted: object) -> list[Row]:
    return [
        row
        for row in tables[name]
        if row.get("scope", "all") == "all" and all(row[k] == v for k, v in wanted.items())
    ]


def changed(name: str, values: dict[str, Any], **wanted: object) -> Callable[[Tables], None]:
    def edit(tables: Tables) -> None:
        found = of(tables, name, **wanted)
        assert found
        for row in found:
            row.update(values)

    return edit


def emptied(*names: str) -> Callable[[Tables], None]:
    def edit(tables: Tables) -> None:
        for name in names:
            tables[name] = []

    return edit


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")


def themes_of(document: dict[str, Any]) -> list[dict[str, Any]]:
    return [row for group in document["comments"]["groups"] for row in group["rows"]]


def grouped(document: dict[str, Any]) -> dict[str, list[str]]:
    groups = document["comments"]["groups"]
    return {group["name"]: [row["label"] for row in group["rows"]] for group in groups}


def every_text(document: dict[str, Any]) -> str:
    return plain(json.dumps(document, ensure_ascii=False))
