"""The simulated vendors of the made-up company, in one process on one free loopback port.

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
from importlib import import_module
from pathlib import Path
from types import FrameType

import uvicorn
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel
from starlette.routing import Mount

from wellheard.demo.simulators.faults import Fault, FaultKind, FaultSwitch
from wellheard.demo.simulators.serving import address, configuration, listen
from wellheard.demo.simulators.vendor import Simulator
from wellheard.demo.simulators.world import World


class FaultOrder(BaseModel):
    """The body of `POST /faults`."""

    vendor: str
    kind: FaultKind
    times: int = 1
    skip: int = 0
    retry_after: str | None = None
    seconds: float = 1.0


def simulator(name: str) -> type[Simulator]:
    """The simulator of one vendor, by the name of its connector."""
    found: type[Simulator] = import_module(f"wellheard.demo.simulators.{name}").SIMULATOR
    return found


def vendors(world: World, requests_per_minute: int | None = None) -> FastAPI:
    """Every vendor the world has records for, under its name, with the fault switch beside them."""
    switches = {
        name: simulator(name)(world.now, records, requests_per_minute=requests_per_minute).app
        for name, records in world.records().items()
    }
    app = FastAPI(openapi_url=None)

    def switch_of(vendor: str) -> FaultSwitch:
        if vendor not in switches:
            raise HTTPException(404, f"no vendor {vendor!r}; there are {', '.join(switches)}")
        return switches[vendor]

    @app.post("/faults")
    async def inject(order: FaultOrder) -> dict[str, int]:
        switch = switch_of(order.vendor)
        switch.inject(Fault(**order.model_dump(exclude={"vendor"})))
        return {"waiting": len(switch.faults)}

    @app.delete("/faults")
    async def heal() -> dict[str, int]:
        for switch in switches.values():
            switch.faults.clear()
        return {"waiting": 0}

    @app.get("/calls")
    async def calls(vendor: str) -> list[dict[str, object]]:
        return [asdict(call) for call in switch_of(vendor).calls]

    for name, switch in switches.items():
        app.router.routes.append(Mount(f"/{name}", app=switch))
    return app


class _ReadyServer(uvicorn.Server):
    """Writes the ready file once it really listens."""

    def __init__(self, config: uvicorn.Config, ready_file: Path, urls: dict[str, str]) -> None:
        super().__init__(config)
        self._ready_file, self._urls = ready_file, urls

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        aside = self._ready_file.with_name(f"{self._ready_file.name}.{os.getpid()}")
        aside.write_text(json.dumps({**self._urls, "pid": os.getpid()}), encoding="utf-8")
        aside.replace(self._ready_file)


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m wellheard.demo.simulators.server")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--today", type=_moment, required=True, help="the simulated present (UTC)")
    parser.add_argument("--ready-file", type=Path, required=True)
    parser.add_argument("--drops", type=Path, help="where systems that export files leave them")
    parser.add_argument("--requests-per-minute", type=int, help="of each vendor; no limit if unset")
    parser.add_argument("--with-parent", action="store_true", help="end when the parent is gone")
    given = parser.parse_args(arguments)

    ending = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _leave)
    from wellheard.demo import requests
    from wellheard.demo.company import make_world  # builds texts and statistics; not for --help

    world = make_world(given.seed, given.today)
    if given.drops:
        requests.drop(world.requests, world.now, given.drops)
    app = vendors(world, given.requests_per_minute)
    listener = listen()
    urls = {name: f"{address(listener)}/{name}" for name in world.records()}
    server = _ReadyServer(configuration(app), given.ready_file, urls)
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
