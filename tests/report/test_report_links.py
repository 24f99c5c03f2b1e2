"""Drivers, and losses of customers after their answers: only proven links are printed as such."""

from __future__ import annotations

from typing import Any

import pytest
from topic_story import DocumentOf, changed, every_text, plain, story
from topic_tables import Topics


def test_revenue_at_risk_is_printed_only_with_a_proven_link(document_of: DocumentOf) -> None:
    document = document_of(story())
    assert document["money"]["at_risk"]["range"]["text"] == "13,100 to 49,400"
    assert "Detractors leave more often than promoters: +7.4" in document["money"]["link"]
    assert "within 180 days" in document["topics"][-1]["text"]
    # Even where the table had a range: the link decides.
    blank = dict.fromkeys(("value", "low", "high"))
    tested = {**blank, "is_significant": False, "note": "no_link"}
    unproven = changed("rpt_money", tested, measure="churn_link")
    document = document_of(story(unproven), name="p00000000000b")
    assert document["money"]["at_risk"] is None
    assert "49,400" not in every_text(document)
    open_link = story(topics=Topics(link_is_significant=False))
    assert document_of(open_link, name="p00000000000c")["money"]["at_risk"] is None


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ({"note": "no_link", "p_adjusted": 0.39}, "was tested and is not shown by the data (adjus"),
        ({"note": "too_few_followed"}, "Too few detractors or promoters have been followed"),
        ({"note": "history_too_short"}, "does not reach back far enough"),
        ({"note": "no_losses_recorded"}, "knows of no customer lost"),
        ({"note": None, "n": None, "suppressed": True}, "Too few detractors or promoters"),
        ({"note": None}, "cannot be told yet"),
    ],
)
def test_a_link_that_is_not_proven_says_why(
    document_of: DocumentOf, found: dict[str, Any], said: str
) -> None:
    blank = dict.fromkeys(("value", "low", "high", "p_adjusted"))
    row = {**blank, "is_significant": False, **found}
    document = document_of(story(changed("rpt_money", row, measure="churn_link")))
    assert said in plain(document["money"]["link"])
    assert document["money"]["at_risk"] is None


def test_a_proven_link_without_proven_revenue_says_that_too(document_of: DocumentOf) -> None:
    blank = dict.fromkeys(("value", "low", "high"))
    row = {**blank, "is_significant": False, "note": "no_link"}
    document = document_of(story(changed("rpt_money", row, measure="revenue_at_risk")))
    assert document["money"]["at_risk"] is None
    assert document["money"]["link"].endswith("So no revenue is said to be at risk.")
    assert "money" not in [line["kind"] for line in document["topics"]]


def test_drivers_not_told_from_chance_are_set_apart(document_of: DocumentOf) -> None:
    document = document_of(story())
    assert [row["label"] for row in document["drivers"]["apart"]] == ["Emotional connection"]
    assert len(document["drivers"]["rows"]) == 4
    assert "not the cause of" in document["drivers"]["note"]
    none = changed("rpt_drivers", {"is_significant": False})
    document = document_of(story(none), name="p00000000000b")
    assert document["drivers"]["rows"] == []
    assert document["drivers"]["none_proven"] == "No driver is told from chance."


def test_a_driver_that_could_not_be_compared_is_named_with_the_reason(
    document_of: DocumentOf,
) -> None:
    blank = dict.fromkeys(("share", "share_low", "share_high", "p_adjusted"))
    left_out = changed(
        "rpt_drivers", {**blank, "is_significant": False, "note": "constant"}, driver="usability"
    )
    document = document_of(story(left_out))
    assert document["drivers"]["left_out"] == [
        "Usability is left out: everybody gave the same answer."
    ]
