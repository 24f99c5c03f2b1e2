"""Settings and connections: wrong ones are named with the file, the key and a way out."""

import json
from datetime import UTC, datetime

import pytest

from wellheard import connections, settings
from wellheard.errors import ConfigError

GOOD = """
company: Acme
reporting_zone: Europe/Berlin
sources:
  zendesk: {history_start: 2026-01-01, forms: [a]}
  old: {kind: zendesk, history_start: 2026-01-01, enabled: false}
"""


def company(tmp_path, text):
    (tmp_path / "wellheard.yml").write_text(text, encoding="utf-8")
    return settings.Settings(company_dir=tmp_path).company


def test_a_company_knows_its_enabled_sources_and_their_own_options(tmp_path):
    found = company(tmp_path, GOOD)
    assert list(found.enabled_sources) == ["zendesk"]
    assert found.sources["zendesk"].options == {"forms": ["a"]}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("company: A", ["reporting_zone: is missing"]),
        (
            "company: A\nreporting_zone: Mars/North",
            ["reporting_zone", "unknown time zone 'Mars/North'"],
        ),
        (GOOD + "colour: red\n", ["colour: there is no such key; known: company, reporting_zone"]),
        ("company: [", ["not valid YAML"]),
        (GOOD.replace("2026-01-01, forms", "soon, forms"), ["sources.zendesk.history_start"]),
        (
            GOOD.replace("2026-01-01, forms", "01.09.2026, forms"),
            ["sources.zendesk.history_start: '01.09.2026' is no date; write 2026-09-01 (or"],
        ),
        (GOOD + "minimun_n: 5\n", ["minimun_n: there is no such key; write minimum_n (known: "]),
        (GOOD + "minimum_n: five\n", ["minimum_n: 'five' is no whole number; write one like 5"]),
        (GOOD + "minimum_n: 0\n", ["minimum_n: 0 is too small; write 1 or more"]),
        (GOOD + "currency: 5\n", ["currency: 5 is no text; put it into quotation marks"]),
        ("", ["company: is missing"]),
        ("- a\n", ["the file: must be lines of `key: value`"]),
        (GOOD + "operators: a@b.example\n", ["operators: is no list; write each entry"]),
    ],
)
def test_a_wrong_company_file_is_named_with_the_key(tmp_path, text, words):
    with pytest.raises(ConfigError) as caught:
        company(tmp_path, text)
    for word in [*words, str(tmp_path / "wellheard.yml")]:
        assert word in str(caught.value)


def test_a_company_file_of_another_encoding_is_named_with_the_line(tmp_path):
    file = tmp_path / "wellheard.yml"
    file.write_bytes(GOOD.encode() + "mail_connection: für\n".encode("cp1252"))
    with pytest.raises(ConfigError) as caught:
        _ = settings.Settings(company_dir=tmp_path).company
    line = GOOD.count("\n") + 1
    assert str(caught.value) == f"{file} line {line} is not written in UTF-8; save it as UTF-8"


def test_a_missing_company_file_is_named(tmp_path):
    with pytest.raises(ConfigError, match="does not exist"):
        _ = settings.Settings(company_dir=tmp_path).company


def test_a_wrong_environment_variable_is_named(monkeypatch):
    monkeypatch.setenv("WELLHEARD_TODAY", "soon")
    with pytest.raises(ConfigError, match="WELLHEARD_TODAY: 'soon' is no date; write year-month"):
        settings.load()


def test_today_without_a_zone_is_utc(monkeypatch):
    monkeypatch.setenv("WELLHEARD_TODAY", "2026-11-02T08:00:00")
    assert settings.load().now() == datetime(2026, 11, 2, 8, tzinfo=UTC)


def test_a_connection_is_read_from_json_and_from_a_uri():
    fields = {
        "host": "https://x.example",
        "login": "a@b.example",
        "password": "s:/@ecret",
        "extra": {"requests_per_minute": 5},
    }
    one = connections.from_environment("zendesk", {"AIRFLOW_CONN_ZENDESK": json.dumps(fields)})
    two = connections.from_environment(
        "zendesk",
        {
            "AIRFLOW_CONN_ZENDESK": "http://a%40b.example:s%3A%2F%40ecret@x.example:8080/http"
            "?__extra__=%7B%22requests_per_minute%22%3A%205%7D"
        },
    )
    assert one.password == two.password == "s:/@ecret"
    assert one.login == two.login == "a@b.example"
    assert one.extra == two.extra == {"requests_per_minute": 5}
    assert one.base_url == "https://x.example"
    assert two.base_url == "http://x.example:8080"


def test_a_missing_connection_names_the_variable_and_where_to_add_it():
    with pytest.raises(ConfigError, match="AIRFLOW_CONN_ZENDESK") as caught:
        connections.from_environment("zendesk", {})
    assert "Admin, Connections" in str(caught.value)


@pytest.mark.parametrize(
    "text", ['{"host": ', '{"port": "x"}', "http://[/", '{"extra": "{"}', "http://h/?__extra__={"]
)
def test_a_broken_connection_is_refused_without_showing_it(text):
    with pytest.raises(ConfigError, match="AIRFLOW_CONN_ZENDESK") as caught:
        connections.from_environment("zendesk", {"AIRFLOW_CONN_ZENDESK": text})
    assert text not in str(caught.value)


def test_a_connection_never_shows_its_secrets():
    shown = repr(connections.Connection("x", password="hush", extra={"token": "hush"}))
    assert "hush" not in shown
