"""Both simulated vendors of the made-up company, in one process on one free loopback port.

    python -m wellheard.demo.simulators.server --seed 7 --today 2026-11-02 --ready-file PATH

Once it listens, it writes `{"zendesk": url, "typeform": url, "pid": n}` to the ready file. It ends
on SIGTERM or SIGINT, and with `--with-parent` also when the process that started it is gone.
`POST /faults` with `{"vendor": "zendesk", "kind": "html", "times": 3}` makes the next answers of a
vendor go wrong (all kinds: faults.FaultKind); `DELETE /faults` ends that.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import socket
import sys
import threading
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType

import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel
from starlette.routing import Mount

from wellheard.demo.simulators.faults import Fault, FaultKind
from wellheard.demo.simulators.serving import address, configuration, listen
from wellheard.demo.simulators.typeform import TypeformSimulator
from wellheard.demo.simulators.world import World
from wellheard.demo.simulators.zendesk import ZendeskSimulator


class FaultOrder(BaseModel):
    """The body of `POST /faults`."""

    vendor: str
    kind: FaultKind
    times: int = 1
    skip: int = 0
    retry_after: str | None = None
    seconds: float = 1.0


def vendors(world: World, requests_per_minute: int | None = None) -> FastAPI:
    """Both simulators under `/zendesk` and `/typeform`, with the fault switch beside them."""
    zendesk = ZendeskSimulator(world, requests_per_minute=requests_per_minute)
    typeform = TypeformSimulator(world, requests_per_minute=requests_per_minute)
    switches = {"zendesk": zendesk.app, "typeform": typeform.app}
    app = FastAPI(openapi_url=None)

    @app.post("/faults")
    async def inject(order: FaultOrder) -> dict[str, int]:
        switch = switches[order.vendor]
        switch.inject(Fault(**order.model_dump(exclude={"vendor"})))
        return {"waiting": len(switch.faults)}

    @app.delete("/faults")
    async def heal() -> dict[str, int]:
        for switch in switches.values():
            switch.faults.clear()
        return {"waiting": 0}

    @app.get("/calls")
    async def calls(vendor: str) -> list[dict[str, object]]:
        return [asdict(call) for call in switches[vendor].calls]

    for name, switch in switches.items():
        app.router.routes.append(Mount(f"/{name}", app=switch))
    return app


class _ReadyServer(uvicorn.Server):
    """Writes the ready file once it really listens."""

    def __init__(self, config: uvicorn.Config, ready_file: Path, base_url: str) -> None:
        super().__init__(config)
        self._ready_file, self._base_url = ready_file, base_url

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        content = {name: f"{self._base_url}/{name}" for name in ("zendesk", "typeform")}
        aside = self._ready_file.with_name(f"{self._ready_file.name}.{os.getpid()}")
        aside.write_text(json.dumps({**content, "pid": os.getpid()}), encoding="utf-8")
        aside.replace(self._ready_file)


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m wellheard.demo.simulators.server")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--today", type=_moment, required=True, help="the simulated present (UTC)")
    parser.add_argument("--ready-file", type=Path, required=True)
    parser.add_argument("--requests-per-minute", type=int, help="of each vendor; no limit if unset")
    parser.add_argument("--with-parent", action="store_true", help="end when the parent is gone")
    given = parser.parse_args(arguments)

    ending = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _leave)
    from wellheard.demo.company import make_world  # builds texts and statistics; not for --help

    app = vendors(make_world(given.seed, given.today), given.requests_per_minute)
    listener = listen()
    server = _ReadyServer(configuration(app), given.ready_file, address(listener))
    if given.with_parent:
        watch = threading.Thread(target=_end_with_parent, args=(server, ending), daemon=True)
        watch.start()
    try:
        server.run(sockets=[listener])
    finally:
        ending.set()
        given.ready_file.unlink(missing_ok=True)


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _leave(number: int, frame: FrameType | None) -> None:
    """uvicorn raises the signal again after an orderly end; that is an end without error."""
    sys.exit(0)


def _end_with_parent(server: uvicorn.Server, ending: threading.Event) -> None:
    parent = os.getppid()
    while not ending.wait(1.0):
        if os.getppid() != parent:
            server.should_exit = True
            return


if __name__ == "__main__":
    main()
