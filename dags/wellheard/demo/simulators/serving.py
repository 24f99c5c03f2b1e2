"""Serve an ASGI application on a free loopback port."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp


def listen() -> socket.socket:
    """A listening socket on a free loopback port; connections queue until a server takes them."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=128)
    listener.setblocking(False)
    return listener


def address(listener: socket.socket) -> str:
    host, port = listener.getsockname()
    return f"http://{host}:{port}"


def configuration(app: ASGIApp) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        lifespan="off",
        log_level="critical",
        access_log=False,
        date_header=False,  # the fault switch dates the answers, by the vendor's clock
        timeout_graceful_shutdown=1,
    )


@contextmanager
def serve(app: ASGIApp) -> Iterator[str]:
    """Serve in a thread while the block runs; yields the base URL."""
    listener = listen()
    server = uvicorn.Server(configuration(app))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        yield address(listener)
    finally:
        server.should_exit = server.force_exit = True  # nobody is left to be answered
        thread.join(timeout=10)
        listener.close()
