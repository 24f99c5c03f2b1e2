"""The records of a small company: file answers, Typeform responses, Zendesk users and cases."""

from __future__ import annotations

from typing import Any

from metrics_world import answer, answers, moment, record

MONTHS = [f"2025-{m:02d}" for m in range(10, 13)] + [f"2026-{m:02d}" for m in range(1, 9)]


def nps(month: str, d: int, m: int, p: int) -> list[dict[str, Any]]:
    return answers("nps", [3] * d + [7] * m + [10] * p, f"{month}-10T12:00:00Z")


def csat(month: str, satisfied: int, n: int, **more: Any) -> list[dict[str, Any]]:
    scores = [4] * satisfied + [3] * (n - satisfied)
    return answers("csat", scores, f"{month}-11T12:00:00Z", **more)


def polls() -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for i, month in enumerate(MONTHS):
        rows += nps(month, 30, 23 - 2 * (i % 2), 47 + 2 * (i % 2))
    rows += nps("2026-09", 150, 190, 260) + nps("2026-10", 120, 180, 300)
    rows += csat("2026-09", 56, 70) + csat("2026-10", 48, 80)
    rows += answers("ces", [7, 6, 5, 7, 4, 6, 3, 7, 5, 6, 2, 6], "2026-10-12T12:00:00Z")
    # June: a touchpoint with four answers, and the one that is hidden with it.
    rows += csat("2026-06", 3, 4, touchpoint="invoice") + csat(
        "2026-06", 5, 7, touchpoint="app_home"
    )
    rows += csat("2026-06", 15, 20, touchpoint="checkout", segment="enterprise")
    # April: weights. Ten answers weigh 1, ten weigh 3: n_eff 16, 75 % satisfied.
    rows += csat("2026-04", 0, 10, weight=1) + csat("2026-04", 10, 10, weight=3)
    # December: the heaviest weights there may be, whose products need room.
    rows += answers("ces", [7] * 8 + [1] * 2, "2025-12-10T12:00:00Z", weight=1_000_000)
    # A reversed question: 1 and 2 are the good answers.
    rows += answers("csat", [1, 2, 3, 4, 5, 1], "2026-02-10T12:00:00Z", survey_id="turned")
    # The edges of a month in London, where October ends an hour after UTC's begins.
    rows += [
        answer("edge1", "ces", 7, "2026-03-31T22:59:59Z"),
        answer("edge2", "ces", 1, "2026-03-31T23:00:00Z"),
    ]
    # Late duplicates: the newest copy counts, wherever it was landed; blanks are no answers.
    rows += [
        answer("late", "csat", 1, "2026-05-05T12:00:00Z", changed_at=moment("2026-05-06 00:00")),
        answer("late", "csat", 5, "2026-05-05T12:00:00Z", changed_at=moment("2026-07-06 00:00")),
        answer("late", "csat", 1, "2026-05-05T12:00:00Z", changed_at=moment("2026-06-06 00:00")),
        answer("blank", "csat", None, "2026-05-05T12:00:00Z", comment="no score, but words"),
        answer("blank2", "csat", "", "2026-05-05T12:00:00Z"),
        answer("said", "csat", 2, "2026-05-05T12:00:00Z", comment="<b>bad</b> {{ 7 * 7 }}"),
    ]
    rows += [
        answer("q1", "nps", 11, "2026-05-05T12:00:00Z"),
        answer("q2", "nps", "n/a", "2026-05-05T12:00:00Z"),
        answer("q3", "csat", 3, "2026-05-05T12:00:00Z", touchpoint="fax"),
        answer("q4", "csat", 3, "2026-05-05T12:00:00Z", journey_stage="dream"),
        answer("q5", "csat", 3, "2026-05-05T12:00:00Z", channel="kiosk"),
        answer("q6", "csat", 3, "1970-01-01T00:00:00Z"),
        answer("q7", "favourite_colour", "call me on 555 0100", "2026-05-05T12:00:00Z"),
    ]
    return rows


def response(
    token: str, answered: dict[str, Any], at: str | None = "2026-05-20T08:00:00Z", **hidden: str
) -> dict[str, Any]:
    kinds = {str: "text", int: "number"}
    payload = {
        "response_id": token,
        "token": token,
        "response_type": "completed" if at else "partial",
        "landed_at": "2026-05-20T07:55:00Z",
        "submitted_at": at,
        "hidden": hidden,
        "answers": [
            {"field": {"id": ref, "ref": ref}, "type": kinds[type(v)], kinds[type(v)]: v}
            for ref, v in answered.items()
        ],
    }
    return record(
        "forms", "responses", f"F1/{token}", payload, changed_at=moment("2026-05-20 08:00")
    )


RESPONSES = [
    response("t1", {"nps": 10, "why": "easy"}, customer_id="C1", channel="web"),
    response("t2", {"csat": 5, "driver_usability": 4}, customer_id="C1", channel="app"),
    response("t2", {"csat": 5, "driver_usability": 4}, customer_id="C1", channel="app"),
    response("t3", {"nps": 0}, at=None, customer_id="C1"),
    response("t4", {"csat": 2}, customer_id="desk:9", touchpoint="invoice"),
    response("t5", {"csat": 3}, customer_id="", channel=""),
]


def user(number: int, role: str, external: str | None = None, **more: Any) -> dict[str, Any]:
    payload = {
        "id": number, "external_id": external, "role": role, "locale": "en-GB", "tags": [],
        "name": "Jane Doe", "email": "jane@example.org", **more,
    }  # fmt: skip
    return record("desk", "users", str(number), payload)


def fields(segment: str | None, **more: Any) -> dict[str, Any]:
    return {"user_fields": {"segment": segment, "monthly_revenue": 49.5, **more}}


USERS = [
    user(
        1, "end-user", "C1", **fields("enterprise", joined_on="2024-02-03", zone_schedule="night")
    ),
    user(9, "end-user", None, **fields("royal")),
    user(20, "agent"),
    user(21, "agent", tags=["bot"]),
]


def ticket(number: int, via: str, status: str = "solved", **more: Any) -> dict[str, Any]:
    payload = {
        "id": number, "created_at": "2026-07-01T10:00:00Z", "updated_at": "2026-07-02T10:00:00Z",
        "priority": "urgent", "status": status, "requester_id": 9, "via": {"channel": via},
        "subject": "My card 4111", "satisfaction_rating": {"score": "unoffered"}, **more,
    }  # fmt: skip
    return record("desk", "tickets", str(number), payload)


def audit(
    number: int, ticket_id: int, at: str, by: int, *children: dict[str, Any]
) -> dict[str, Any]:
    payload = {
        "id": number, "ticket_id": ticket_id, "created_at": at, "updater_id": by,
        "event_type": "Audit", "child_events": [{"id": number * 10 + i, **c} for i, c in
                                                enumerate(children)],
    }  # fmt: skip
    return record("desk", "ticket_events", str(number), payload)


def change(**what: Any) -> dict[str, Any]:
    return {"event_type": "Change", **what}


def said(author: int, public: bool = True) -> dict[str, Any]:
    text = {"body": "hello", "comment_present": True, "comment_public": public}
    return {"event_type": "Comment", "author_id": author, **text}


RATING = {"score": "good_with_comment", "comment": "quick!"}
TICKETS = [
    ticket(1, "email", requester_id=1, satisfaction_rating=RATING),
    ticket(2, "carrier_pigeon", priority="low"),
    ticket(3, "answer_bot_for_web_widget", status="deleted"),
    ticket(4, "voice", satisfaction_rating={"score": "bad"}),
]
EVENTS = [
    audit(100, 1, "2026-07-01T10:00:00Z", 1, change(event_type="Create", status="new"), said(1)),
    audit(101, 1, "2026-07-01T10:00:05Z", 21, said(21)),
    audit(102, 1, "2026-07-01T11:00:00Z", 20, said(20), change(status="solved")),
    audit(103, 1, "2026-07-03T11:00:00Z", -1, change(satisfaction_score="offered")),
    audit(104, 1, "2026-07-03T12:00:00Z", 1, change(satisfaction_score="good_with_comment")),
    audit(105, 1, "2026-07-05T12:00:00Z", -1, change(status="closed", assignee_id=20)),
    audit(900, 77, "2026-07-05T12:00:00Z", -1, change(status="closed")),
]
