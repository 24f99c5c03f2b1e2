"""A Zendesk that costs next to nothing to ask: pages of 1,000 tickets, rendered beforehand.

    python tickets_server.py RECORDS     prints its address, serves until its input is closed

It answers the incremental ticket export, by cursor and (for clients that know only that) by time,
as Zendesk does: sorted by `generated_timestamp`, `end_of_stream` on the last page. A ticket is of
the size and shape of a real one, about 2.3 KB with its custom fields and description.
"""

from __future__ import annotations

import json
import random
import re
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

PER_PAGE = 1000
TEMPLATES = 20  # different pages; their numbers and times are put in when they are sent
START = 1_790_812_800  # 2026-10-01T00:00:00Z
MARK = b'"@@"'  # stands where a number of the page's own belongs
WORDS = re.findall(
    r"\w+",
    """
    the order was billed twice and nobody has answered my second letter about the router since
    Monday although your colleague promised a call back within one day so please tell me when
    Ingenieur für München engineer visit delivery invoice contract number portal password reset
    refund voucher line speed upload evening drops again modem lights blink red thank you very quick
    friendly help
    """,
)


def ticket(chance: random.Random, number: int) -> dict[str, Any]:
    """A ticket as Zendesk sends it; `id` and times are marks."""
    text = " ".join(chance.choices(WORDS, k=90)).capitalize()
    status = chance.choice(["new", "open", "pending", "hold", "solved", "closed"])
    return {
        "url": "https://larkfield.zendesk.com/api/v2/tickets/0.json",
        "id": "@@",
        "external_id": None,
        "via": {
            "channel": chance.choice(["web", "email", "chat", "api"]),
            "source": {"from": {}, "to": {}, "rel": None},
        },
        "created_at": f"2026-09-{chance.randint(1, 30):02d}T{chance.randint(0, 23):02d}:10:00Z",
        "updated_at": f"2026-10-{chance.randint(1, 28):02d}T{chance.randint(0, 23):02d}:40:00Z",
        "generated_timestamp": "@@",
        "type": chance.choice(["problem", "incident", "question", "task", None]),
        "subject": text[:60],
        "raw_subject": text[:60],
        "description": text,
        "priority": chance.choice(["urgent", "high", "normal", "low", None]),
        "status": status,
        "recipient": None,
        "requester_id": chance.randint(10**11, 10**12),
        "submitter_id": chance.randint(10**11, 10**12),
        "assignee_id": chance.randint(10**11, 10**12),
        "organization_id": chance.randint(10**11, 10**12),
        "group_id": chance.randint(10**11, 10**12),
        "collaborator_ids": [],
        "follower_ids": [],
        "email_cc_ids": [],
        "forum_topic_id": None,
        "problem_id": None,
        "has_incidents": False,
        "is_public": True,
        "due_at": None,
        "tags": chance.sample(WORDS, 5),
        "custom_fields": [
            {"id": 360_000_000_000 + field, "value": chance.choice([None, "a", "yes", str(number)])}
            for field in range(20)
        ],
        "satisfaction_rating": {"score": chance.choice(["unoffered", "offered", "good", "bad"])},
        "sharing_agreement_ids": [],
        "custom_status_id": 19_000_000 + number % 7,
        "fields": [],
        "followup_ids": [],
        "ticket_form_id": 360_001,
        "brand_id": 360_002,
        "allow_channelback": False,
        "allow_attachments": True,
        "from_messaging_channel": False,
    }


class Tickets:
    """The pages. What a template has at its marks: id, time, id, time, ..."""

    def __init__(self, records: int) -> None:
        chance = random.Random(7)
        self.pages = -(-records // PER_PAGE)
        self.records = records
        self.templates = [
            [
                json.dumps(ticket(chance, number), separators=(",", ":"), ensure_ascii=False)
                .encode()
                .split(MARK)
                for number in range(PER_PAGE)
            ]
            for _ in range(TEMPLATES)
        ]

    def rows(self, page: int) -> bytes:
        """The tickets of a page (from 0) as the inside of a JSON array."""
        moment = b"%d" % (START + page)  # a second for each page
        left = min(PER_PAGE, self.records - page * PER_PAGE)
        parts = self.templates[page % TEMPLATES][:left]
        first = 10_000_000 + page * PER_PAGE
        return b",".join(
            b"%b%d%b%b%b" % (a, first + number, b, moment, c)
            for number, (a, b, c) in enumerate(parts)
        )


class Handler(BaseHTTPRequestHandler):
    """GET /api/v2/incremental/tickets/cursor.json and /api/v2/incremental/tickets.json."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 65_536
    tickets: Tickets
    ready: dict[int, bytes]

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        if "incremental/tickets" not in url.path:
            self.answer(b'{"tickets": [], "count": 0, "end_of_stream": true}')
            return
        if "cursor" in query:
            page = int(query["cursor"])
        else:
            page = max(0, int(query.get("start_time", "0")) - START)
        if page >= self.tickets.pages:
            end = b'{"tickets":[],"count":0,"end_of_stream":true,"next_page":null,'
            self.answer(end + b'"end_time":%d,"after_cursor":"%d"}' % (START + page, page))
            return
        last = page + 1 >= self.tickets.pages
        host = self.headers["host"]
        rest = {
            "count": min(PER_PAGE, self.tickets.records - page * PER_PAGE),
            "after_cursor": str(page + 1),
            "after_url": f"http://{host}/api/v2/incremental/tickets/cursor.json?cursor={page + 1}",
            "next_cursor": None
            if last
            else str(page + 1),  # Zendesk has none; a generic tap needs it
            "before_cursor": None,
            "before_url": None,
            "next_page": None
            if last
            else f"http://{host}/api/v2/incremental/tickets.json?start_time={START + page + 1}",
            "end_time": START + page + 1,
            "end_of_stream": last,
        }
        rows = self.ready.get(page) or self.tickets.rows(page)
        self.answer(b'{"tickets":[' + rows + b"]," + json.dumps(rest).encode()[1:])

    def answer(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: Any) -> None:
        """Say nothing."""


def main() -> None:
    records = int(re.sub(r"\D", "", sys.argv[1]))
    Handler.tickets = tickets = Tickets(records)
    # As many pages as fit are rendered now; the others while they are sent (a millisecond each).
    Handler.ready = {page: tickets.rows(page) for page in range(min(tickets.pages, 100))}
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
