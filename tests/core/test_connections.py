"""Connections as `AIRFLOW_CONN_<ID>` gives them to the command line."""

from __future__ import annotations

import json
from typing import Any

import pytest

from wellheard.connections import Connection, from_environment
from wellheard.errors import ConfigError

SECRET = "s3cret"


def given(text: str) -> Connection:
    return from_environment("desk", {"AIRFLOW_CONN_DESK": text})


def test_json_and_uri_say_the_same() -> None:
    fields = {
        "conn_type": "http", "host": "desk.example", "login": "me@desk.example", "port": "8443",
        "password": SECRET, "schema": "https", "extra": '{"requests_per_minute": "9"}',
    }  # fmt: skip
    uri = f"http://me%40desk.example:{SECRET}@desk.example:8443/https?requests_per_minute=9"
    assert given(json.dumps(fields)) == given(uri)
    assert SECRET not in repr(given(uri))


@pytest.mark.parametrize(
    "fields",
    [
        {"password": 12345},
        {"host": ["desk.example"]},
        {"port": "https"},
        {"extra": "[1]"},
        {"extra": [["a", 1]]},
        {"extra": "{"},
    ],
    ids=str,
)
def test_json_of_other_types_is_told_with_what_belongs_there(fields: dict[str, Any]) -> None:
    with pytest.raises(ConfigError) as caught:
        given(json.dumps({"host": "desk.example", "login": SECRET} | fields))
    assert "AIRFLOW_CONN_DESK is not valid JSON of an Airflow connection: host," in str(
        caught.value
    )
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("uri", ["http://desk.example:many", "http://desk.example?__extra__=[1]"])
def test_a_uri_that_cannot_be_read_is_told(uri: str) -> None:
    with pytest.raises(ConfigError, match="AIRFLOW_CONN_DESK is not a valid connection URI"):
        given(uri)


@pytest.mark.parametrize(
    ("fields", "url"),
    [
        ({"host": "desk.example"}, "https://desk.example"),
        ({"host": "desk.example", "schema": "http", "port": 8080}, "http://desk.example:8080"),
        ({"host": "https://desk.example/rt/", "port": 8443}, "https://desk.example:8443/rt"),
    ],
)
def test_the_port_stands_behind_the_host(fields: dict[str, Any], url: str) -> None:
    assert Connection("desk", **fields).base_url == url
