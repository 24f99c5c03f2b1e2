"""What the simulated Intercom answers has the shape Intercom's specification gives it.

The compact schemas beside this file hold what the connector and the staging models rely on; they
are always checked. Where a copy of the vendor's own specification lies beside the project, every
answer is validated against it too, and the deviations are named.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import helpdesks
import httpx
import pytest
import yaml
from helpdesks import FIRST, HOUR, Desk
from jsonschema import Draft202012Validator

from wellheard.demo.simulators.intercom import SIMULATOR, TOKEN, VERSION
from wellheard.sources import intercom

PROJECT = Path(__file__).resolve().parents[2]
COMPACT = json.loads((Path(__file__).parent / "schemas" / "intercom.json").read_text())
SPECIFICATION = PROJECT.parent / "shared" / "contracts" / "intercom-2.15.yaml"
FIXTURE = PROJECT / "tests" / "fixtures" / "intercom.json"
HEADERS = {"Authorization": f"Bearer {TOKEN}", "Intercom-Version": VERSION}
SEARCH = {"query": {"operator": "AND", "value": []}, "pagination": {"per_page": 2}}

# Where Intercom's answers (and the examples in its own specification) break its schemas: the path
# within a record, and what stands there.
DEVIATIONS = {
    "ai_agent": "null where no AI agent took part; `nullable` beside a `$ref` has no effect",
    "source.author.email": "an empty text where the author has no address",
    "conversation_parts.conversation_parts.*.author.email": "likewise",
    "custom_attributes.*": "numbers with decimals and truth values, not only texts and integers",
}


def answers(served: Desk) -> dict[str, Any]:
    """One answer of each kind, by the name of its schema."""
    with httpx.Client(base_url=served.url, headers=HEADERS) as http:
        scroll = http.get("/companies/scroll").json()
        end = http.get("/companies/scroll", params={"scroll_param": scroll["scroll_param"]}).json()
        found = http.post("/conversations/search", json=SEARCH).json()
        return {
            "conversation_list": found,
            "conversation": http.get(f"/conversations/{found['conversations'][0]['id']}").json(),
            "contact_list": http.post("/contacts/search", json=SEARCH).json(),
            "company_scroll": scroll,
            "company_list": http.post("/companies/list").json(),
            "admin_list": http.get("/admins").json(),
            "error": http.get("/conversations/0").json(),
            "company_scroll (end)": end,
        }


@pytest.fixture(scope="module", params=["made up", "fixture"])
def sent(request: pytest.FixtureRequest) -> Iterator[list[tuple[str, Any]]]:
    """Every answer, with the made-up records and with those of the fixture."""
    with helpdesks.serving(intercom, SIMULATOR) as served:
        if request.param == "fixture":
            for stream, rows in json.loads(FIXTURE.read_text(encoding="utf-8"))["records"].items():
                for row in rows:
                    served.api.add(stream, row)
        else:
            for stream in ("conversations", "contacts"):
                served.fill(stream, [FIRST, FIRST + HOUR, FIRST + 2 * HOUR])
            for stream in ("companies", "admins"):
                served.api.add(stream, served.api.made_up(stream, 1, FIRST))
        found = list(answers(served).items())
        with httpx.Client(base_url=served.url, headers=HEADERS) as http:
            for key in served.api.shelves["conversations"].from_clock(0, 1e12):
                found.append(("conversation", http.get(f"/conversations/{key[1]}").json()))
        yield [(name.split(" (")[0], body) for name, body in found]


def test_every_answer_has_what_the_connector_relies_on(sent: list[tuple[str, Any]]) -> None:
    for name, body in sent:
        schema = {"$ref": f"#/$defs/{name}", "$defs": COMPACT["$defs"]}
        problems = [e.message for e in Draft202012Validator(schema).iter_errors(body)]
        assert not problems, f"{name}: {problems[:3]}"


def test_the_compact_schemas_notice_what_is_missing(sent: list[tuple[str, Any]]) -> None:
    body = dict(sent)["conversation_list"]
    schema = {"$ref": "#/$defs/conversation_list", "$defs": COMPACT["$defs"]}
    for broken in (
        {k: v for k, v in body.items() if k != "total_count"},
        body
        | {"conversations": [{k: v for k, v in body["conversations"][0].items() if k != "id"}]},
        body | {"conversations": [body["conversations"][0] | {"updated_at": "yesterday"}]},
    ):
        assert not Draft202012Validator(schema).is_valid(broken)


@cache
def specification() -> Any:
    with SPECIFICATION.open(encoding="utf-8") as file:
        return yaml.load(file, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))


@pytest.mark.skipif(not SPECIFICATION.exists(), reason="no copy of Intercom's specification here")
def test_every_answer_is_valid_by_intercoms_specification_but_for_the_named_deviations(
    sent: list[tuple[str, Any]],
) -> None:
    validator_of = pytest.importorskip("openapi_schema_validator").OAS30ReadValidator
    schemas = specification()["components"]["schemas"]
    unnamed, met = [], set()
    for name, body in sent:
        schema = {"$ref": f"#/components/schemas/{name}", "components": {"schemas": schemas}}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            validator = validator_of(schema, format_checker=validator_of.FORMAT_CHECKER)
            for error in validator.iter_errors(body):
                place = within_the_record(list(error.absolute_path))
                named = {deviation for deviation in DEVIATIONS if same(place, deviation)}
                met |= named
                if not named:
                    unnamed.append(f"{name} {place}: {error.message[:120]}")
    assert not unnamed, "\n".join(unnamed)
    assert met in ({"ai_agent"}, set(DEVIATIONS)), "a named deviation does not occur any more"


def within_the_record(path: list[str | int]) -> list[str]:
    """A path without the list and the index that lead to the record."""
    if len(path) > 2 and path[0] in ("conversations", "data", "admins"):
        path = path[2:]
    return [str(step) for step in path]


def same(place: list[str], named: str) -> bool:
    steps = named.split(".")
    return len(steps) == len(place) and all(
        step in ("*", found) for step, found in zip(steps, place, strict=True)
    )
