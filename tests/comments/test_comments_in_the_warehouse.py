"""Comments from the landing to the reporting tables: nothing personal gets out, figures add up."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from metrics_world import Warehouse, answer, answers, build, record, seed

from wellheard.settings import PROJECT

pytestmark = pytest.mark.dbt

TABLES = ("+rpt_themes", "+rpt_quotes", "+rpt_comments")
PERSONAL = ("07700 900123", "rowan@example.com", "4111 1111 1111 1111", "Thistlewick", "Quillfern")
SAID = (
    "Rowan Thistlewick here, call 07700 900123 or write to rowan@example.com",
    "card 4111 1111 1111 1111 was charged twice, says thistlewick",
    "ask Marlo Quillfern about the queue, she waited as well",
)
MONTHS = ("2026-06", "2026-07", "2026-08", "2026-09", "2026-10")


def said(number: str, score: object, month: str, comment: str, **more: Any) -> dict[str, Any]:
    return answer(number, "nps", score, f"{month}-10T12:00:00Z", comment=comment, **more)


def polls() -> list[dict[str, Any]]:
    rows = []
    for month in MONTHS:
        for i in range(12):
            rows.append(
                said(f"w{month}{i}", i % 5, month, f"Waited {i + 2} hours in the queue, terrible.",
                     customer_key=f"w{i}", segment="consumer")
            )  # fmt: skip
        for i in range(40):
            words = ("kind", "lovely", "quick", "patient")[i % 4]
            rows.append(
                said(f"g{month}{i}", 9 + i % 2 if i % 3 else 7, month,
                     f"Great service, {words} people in room {i}, very happy with it",
                     customer_key=f"g{i}", segment="enterprise" if i % 2 else "consumer")
            )  # fmt: skip
        # Three who speak of the bill: too few to print.
        rows += [
            said(f"b{month}{i}", 0, month, "The bill is never right", customer_key=f"b{i}")
            for i in range(1 if month != "2026-10" else 2)
        ]
    # October has a subject of its own, which no theme covers.
    rows += [
        said(f"e{i}", i % 4, "2026-10", f"The loyalty voucher was refused at desk {i}, bad",
             customer_key=f"e{i}", segment="consumer")
        for i in range(9)
    ]  # fmt: skip
    rows += [
        said(f"p{i}", 3, "2026-10", text, customer_key="C-1001") for i, text in enumerate(SAID)
    ]
    rows.append(said("lost", "", "2026-10", SAID[0], customer_key="C-1001"))
    rows += answers("csat", [5, 2], "2026-10-11T12:00:00Z", comment="Waited in the queue too long")
    rows.append(said("html", 5, "2026-10", "<b>bold</b> {{ 7 * 7 }} the queue <script>x</script>"))
    return rows


def customers() -> list[dict[str, Any]]:
    known = {
        "C-1001": ("Rowan Thistlewick", "rowan@example.com"),
        "C-1002": ("Marlo Quillfern", "marlo@example.com"),
    }
    return [
        record("polls", "customers", key, {"customer_key": key, "name": name, "email": email})
        for key, (name, email) in known.items()
    ]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    built = build(
        tmp_path_factory.mktemp("comments"),
        {"file__feedback": polls(), "file__customers": customers()},
        arguments=[
            "build",
            "--exclude-resource-type",
            "unit_test",
            "--indirect-selection",
            "cautious",
            "--select",
            *TABLES,
        ],
    )
    assert not built.problems, "\n".join(built.problems)
    return built


def test_nothing_personal_is_outside_the_restricted_and_raw_schemas(world: Warehouse) -> None:
    columns = world.rows(
        "select table_schema, table_name, column_name from information_schema.columns "
        "where table_schema in ('contracts', 'marts', 'reporting') "
        "and data_type in ('VARCHAR', 'VARCHAR[]')"
    )
    assert len(columns) > 50
    seen = [
        (schema, table, column, secret)
        for schema, table, column in columns
        for secret in PERSONAL
        if world.one(
            f"""select count(*) from "{schema}"."{table}" """
            f"""where cast("{column}" as varchar) ilike '%{secret}%'"""
        )
    ]
    assert seen == []
    assert world.one("select count(*) from restricted.comment_texts where text like '%07700%'") == 2


def test_what_was_taken_out_is_said_and_counted(world: Warehouse) -> None:
    rows = world.rows(
        "select text, redactions from contracts.comments where customer_key = 'C-1001' "
        "and feedback_id is not null order by text"
    )
    assert rows == [
        ("[name] here, call [phone] or write to [email]", 3),
        ("ask [name] about the queue, she waited as well", 1),
        ("card [card] was charged twice, says [name]", 2),
    ]
    assert world.one("select redactions from reporting.rpt_comments where scope = 'all' "
                     "and period = '2026-10'") == 9  # fmt: skip


def test_only_redaction_reads_what_is_restricted() -> None:
    """The dbt test of that name runs in the build; here it is shown to look at the comments."""
    name = "assert_nothing_reported_comes_from_identities.sql"
    text = (PROJECT / "dbt_project" / "tests" / name).read_text(encoding="utf-8")
    assert "{'comments': 'redacted_comments'}" in text


def test_a_theme_costs_what_its_answers_say(world: Warehouse) -> None:
    n, total, with_it, without, cost, months = world.rows(
        "select n, share, score_with, score_without, cost, months from reporting.rpt_themes "
        "where scope = 'all' and period = '2026-09' and theme = 'waiting'"
    )[0]
    assert (n, months) == (36, 3)
    rows = world.rows(
        "select list_contains(themes, 'waiting'), score_band from marts.fct_comments "
        "where metric = 'nps' and period between '2026-07' and '2026-09'"
    )
    x = {True: [], False: []}
    for has, band in rows:
        x[has].append({"promoter": 100, "passive": 0, "detractor": -100}[band])
    assert total == pytest.approx(100 * 36 / len(rows))
    assert with_it == -100 == sum(x[True]) / len(x[True])
    assert without == pytest.approx(sum(x[False]) / len(x[False]))
    everyone = (sum(x[True]) + sum(x[False])) / len(rows)
    assert cost == pytest.approx(without - everyone)


def test_a_month_is_ranked_by_one_metric_and_csat_words_do_not_mix_in(world: Warehouse) -> None:
    assert world.rows(
        "select distinct metric from reporting.rpt_themes where period > '2026-06'"
    ) == [("nps",)]
    assert world.one("select count(*) from marts.int_theme_statistics where metric = 'csat'") > 0


def test_a_theme_of_too_few_shows_nothing_and_is_not_quoted(world: Warehouse) -> None:
    (row,) = world.rows(
        "select suppressed, n, share, cost, p_adjusted, sentiment_negative "
        "from reporting.rpt_themes where scope = 'all' and period = '2026-10' and theme = 'bill'"
    )
    assert row == (True, None, None, None, None, None)
    assert world.rows("from reporting.rpt_quotes where theme = 'bill'") == []


def test_a_subject_nobody_listed_is_found_and_quoted(world: Warehouse) -> None:
    (row,) = world.rows(
        "select label, months, n, previous_share, emerging_p_adjusted < 0.001, cost > 0 "
        "from reporting.rpt_themes where is_emerging and scope = 'all'"
    )
    assert row[0] in "the loyalty voucher was refused at desk"
    assert row[1:] == (1, 9, 0.0, True, True)
    quotes = world.rows(
        "select text, score_band, sentiment from reporting.rpt_quotes "
        "where theme like 'emerging%' and scope = 'all'"
    )
    assert len(quotes) == 1, "nine times the same words are one quote"
    assert quotes[0][1:] == ("detractor", "negative")


def test_quotes_are_of_their_scope_month_and_customers(world: Warehouse) -> None:
    rows = world.rows(
        "select q.scope, q.period, q.theme, c.customer_key, c.segment, c.period "
        "from marts.int_quotes q join marts.fct_comments c using (comment_id)"
    )
    assert rows
    for scope, period, _, _, segment, written in rows:
        assert scope in ("all", f"segment={segment}")
        assert written <= period
    keys = [(scope, period, theme, customer) for scope, period, theme, customer, *_ in rows]
    assert len(set(keys)) == len(keys)
    assert world.one("select max(position) from reporting.rpt_quotes") <= 3


def test_html_reaches_the_report_as_the_text_it_is(world: Warehouse) -> None:
    assert world.rows("select text from contracts.comments where comment_id like '%html%'") == [
        ("<b>bold</b> {{ 7 * 7 }} the queue <script>x</script>",)
    ]


def test_volume_sentiment_and_agreement_are_those_of_the_comments(world: Warehouse) -> None:
    (row,) = world.rows(
        "select n, n_sentiment_known, negative, agreement from reporting.rpt_comments "
        "where scope = 'all' and period = '2026-09'"
    )
    assert row[0] == 53
    assert row[2] == pytest.approx(100 * 12 / row[1], abs=3)
    assert row[3] == 100
    small = world.rows("select n, suppressed from reporting.rpt_comments where n = 0")
    assert all(not suppressed for _, suppressed in small)


def test_a_theme_that_cannot_be_read_stops_the_build_with_a_sentence(tmp_path: Path) -> None:
    refused = build(
        tmp_path,
        {},
        seeds={"themes": seed("themes", add="Wait!,Wait,english,on * hold | (x),4")},
        arguments=[
            "build",
            "--select",
            "themes",
            "int_theme_problems",
            "assert_themes_can_be_found",
        ],
    )
    told = "\n".join(refused.problems)
    assert "seeds/themes.csv: Wait!/english: theme 'Wait!' is no key" in told
    assert "language 'english' is unknown; give two lower-case letters (en)" in told
    assert "'on * hold': write ... for words in between, not a lone *" in told
    assert "'(x)' is no word" in told
