"""`audiences.yml`: who gets a report, and what is said when the file is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from wellheard import audiences
from wellheard.errors import ConfigError
from wellheard.settings import Settings

GOOD = """\
audiences:
  executive_team:
    title: Executive team
    recipients: [chief@larkfield.example, finance@larkfield.example]
  enterprise_unit:
    title: Enterprise unit
    scope: segment=enterprise
    language: de
    recipients: [head@larkfield.example]
    approval: true
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(company_dir=tmp_path, var=tmp_path / "var")


def write(settings: Settings, content: str) -> None:
    settings.audiences_file("executive_monthly").write_text(content, encoding="utf-8")


def test_audiences_come_in_the_files_order_with_their_scope_language_and_recipients(
    settings: Settings,
) -> None:
    write(settings, GOOD)
    team, unit = audiences.load(settings, "executive_monthly")
    assert (team.name, team.scope, team.segment, team.language) == (
        "executive_team",
        "all",
        None,
        "en",
    )
    assert team.recipients == ["chief@larkfield.example", "finance@larkfield.example"]
    assert not team.approval
    assert (unit.segment, unit.language, unit.approval) == ("enterprise", "de", True)
    assert audiences.get(settings, "executive_monthly", "enterprise_unit") == unit
    with pytest.raises(ValidationError):
        unit.scope = "all"  # type: ignore[misc]


def test_the_projects_own_audiences_can_be_read_and_reach_made_up_addresses_only() -> None:
    own = audiences.load(Settings(company_dir=None), "executive_monthly")
    assert [(a.name, a.scope, a.language) for a in own] == [
        ("executive_team", "all", "en"),
        ("enterprise_unit", "segment=enterprise", "en"),
        ("geschaeftsfuehrung", "all", "de"),
    ]
    assert all(r.endswith("@larkfield.example") for a in own for r in a.recipients)


def test_an_unknown_audience_is_answered_with_the_known_ones(settings: Settings) -> None:
    write(settings, GOOD)
    with pytest.raises(ConfigError, match="'board'; known: executive_team, enterprise_unit"):
        audiences.get(settings, "executive_monthly", "board")


@pytest.mark.parametrize(
    ("before", "after", "place", "problem"),
    [
        ("finance@larkfield", "finance at larkfield", "executive_team.recipients", "entry 2"),
        ("finance@larkfield", "chief@larkfield", "executive_team.recipients", "more than once"),
        ("finance@larkfield", "CHIEF@Larkfield", "executive_team.recipients", "more than once"),
        ("[head@larkfield.example]", "[]", "enterprise_unit.recipients", "is empty"),
        ("[head@larkfield.example]", "head@larkfield.example", "enterprise_unit.recip", "no list"),
        ("segment=enterprise", "enterprise", "enterprise_unit.scope", "all or segment="),
        ("segment=enterprise", "segment=a' or '1", "enterprise_unit.scope", "not a scope"),
        ("language: de", "language: German", "enterprise_unit.language", "two letters"),
        ("approval: true", "approval: maybe", "enterprise_unit.approval", "neither true nor false"),
        ("approval: true", "aproval: true", "enterprise_unit.aproval", "write approval"),
        ("title: Enterprise unit", "title: ''", "enterprise_unit.title", "is empty"),
        ("title: Enterprise unit", 'title: "a\\nb"', "enterprise_unit.title", "one line"),
        ("title: Enterprise unit", "label: x", "enterprise_unit.title", "missing"),
        ("  enterprise_unit:", "  ../escape:", "../escape", "not a name"),
        ("  enterprise_unit:", "  executive_team:", "executive_team", "more than once"),
        (
            "    title: Enterprise unit",
            "    name: other\n    title: x",
            "enterprise_unit",
            "another name",
        ),
        ("audiences:", "audience:", "audiences", "missing"),
    ],
)
def test_a_mistake_names_file_audience_and_field(
    settings: Settings, before: str, after: str, place: str, problem: str
) -> None:
    assert before in GOOD
    write(settings, GOOD.replace(before, after))
    with pytest.raises(ConfigError) as caught:
        audiences.load(settings, "executive_monthly")
    message = str(caught.value)
    assert str(settings.audiences_file("executive_monthly")) in message
    assert place in message
    assert problem in message


@pytest.mark.parametrize("content", ["", "audiences: {}", "audiences: []", "- a", "audiences:\n x"])
def test_a_file_without_audiences_is_refused(settings: Settings, content: str) -> None:
    write(settings, content)
    with pytest.raises(ConfigError, match=r"audiences\.yml"):
        audiences.load(settings, "executive_monthly")


@pytest.mark.parametrize(
    "address",
    [
        "chief@larkfield.example",
        "first.last+tag@sub.larkfield.example",
        "o'neil_x%y@larkfield.example",
        "root@localhost",
        "a@xn--mller-kva.example",
    ],
)
def test_a_usual_address_is_taken(address: str) -> None:
    assert audiences.address_problem(address) is None


@pytest.mark.parametrize(
    "address",
    [
        *("", "chief", "@larkfield.example", "chief@", "a@b@c", "a b@c.example", "a@-b.example"),
        *(
            "a@b..example",
            "a..b@c.example",
            "<a@b.example>",
            "A <a@b.example>",
            "a@b.example,c@d.e",
        ),
        *("a@b.example\nBcc: x@y.example", "a@b.example\r\n", "a\x00@b.example", "ü@b.example"),
        *("a@bücher.example", "a@[127.0.0.1]", "a@b.example> SIZE=1", "a" * 65 + "@b.example"),
        *("a@" + "b." * 130 + "example", "a@" + "b" * 64 + ".example", "a@b.example.", "a;b@c.d"),
        *('"a b"@c.example', '"a\\"@c.example', "a@b_c.example"),
    ],
)
def test_what_is_no_bare_address_is_refused(address: str) -> None:
    assert audiences.address_problem(address)
