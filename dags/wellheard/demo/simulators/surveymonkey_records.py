"""Made-up records as SurveyMonkey sends them."""

from __future__ import annotations

from typing import Any

from wellheard.demo.simulators.world import Json

SURVEY, COLLECTOR, MESSAGE = "305400001", "410200001", "520300001"
NPS, NPS_ROW, CSAT, WHY = "701000001", "702000001", "701000002", "701000003"


def survey(survey: str) -> Json:
    scores = [
        {"id": str(703000000 + n), "position": n + 1, "text": str(n), "visible": True,
         "is_na": False, "weight": -100 if n < 7 else 0 if n < 9 else 100, "description": ""}
        for n in range(11)
    ]  # fmt: skip
    stars = [
        {"id": str(704000000 + n), "position": n, "text": text, "visible": True,
         "is_na": False, "weight": n, "description": ""}
        for n, text in enumerate(["Very poor", "Poor", "Fair", "Good", "Very good"], 1)
    ]  # fmt: skip
    row = {"id": NPS_ROW, "position": 1, "text": "", "visible": True}
    questions = [
        question(NPS, 1, "matrix", "rating", {"rows": [row], "choices": scores}),
        question(CSAT, 2, "single_choice", "vertical", {"choices": stars}),
        question(WHY, 3, "open_ended", "essay", None),
    ]
    pages = [{"id": "601000001", "title": "", "position": 1, "questions": questions}]
    return {
        "id": survey,
        "title": f"Made-up survey {survey}",
        "nickname": "",
        "language": "en",
        "page_count": 1,
        "question_count": len(questions),
        "response_count": 0,
        "date_created": "2026-01-05T09:00:00",
        "date_modified": "2026-01-06T09:00:00",
        "href": f"https://api.surveymonkey.com/v3/surveys/{survey}",
        "pages": pages,
    }


def question(question: str, position: int, family: str, subtype: str, answers: Any) -> Json:
    return {
        "id": question,
        "position": position,
        "family": family,
        "subtype": subtype,
        "visible": True,
        "headings": [{"heading": f"Made-up question {position}"}],
        **({"answers": answers} if answers else {}),
    }


def collector(collector: str, kind: str, changed: str) -> Json:
    return {
        "_survey_id": SURVEY,
        "id": collector,
        "name": f"Made-up collector {collector}",
        "type": kind,
        "status": "open",
        "response_count": 0,
        "date_created": "2026-01-07T09:00:00+00:00",
        "date_modified": changed,
        "url": None,
        "href": f"https://api.surveymonkey.com/v3/collectors/{collector}",
    }


def message(message: str, sent: str) -> Json:
    return {
        "_collector_id": COLLECTOR,
        "id": message,
        "type": "invite",
        "status": "sent",
        "is_scheduled": True,
        "scheduled_date": sent,
        "date_created": "2026-01-08T09:00:00+00:00",
        "subject": "We want your opinion",
    }


def recipient(number: int) -> Json:
    return {
        "_collector_id": COLLECTOR,
        "_message_id": MESSAGE,
        "id": str(530400000 + number),
        "email": f"someone{number}@example.org",
        "survey_response_status": "not_responded",
        "mail_status": "sent",
        "extra_fields": {"customer_id": f"C{number:05}"},
    }


def response(number: int, changed: str) -> Json:
    score = number % 11
    weight = "-100" if score < 7 else "0" if score < 9 else "100"
    chosen = {"choice_id": str(703000000 + score), "row_id": NPS_ROW}
    questions = [
        {"id": NPS, "answers": [{**chosen, "choice_metadata": {"weight": weight}}]},
        {"id": WHY, "answers": [{"text": f"Größe – 電話 {number}"}]},
    ]
    return {
        "id": str(540500000 + number),
        "survey_id": SURVEY,
        "collector_id": COLLECTOR,
        "recipient_id": "",
        "response_status": "completed",
        "collection_mode": "default",
        "total_time": 40 + number % 200,
        "custom_value": "",
        "custom_variables": {"customer_id": f"C{number:05}", "channel": "web"},
        "email_address": "",
        "first_name": "",
        "last_name": "",
        "ip_address": "",
        "logic_path": {},
        "metadata": {},
        "page_path": [],
        "date_created": changed,
        "date_modified": changed,
        "pages": [{"id": "601000001", "questions": questions}],
    }
