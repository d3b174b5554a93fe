"""`freestone run`: serve the store."""

from __future__ import annotations

import logging
import signal
import socket
from types import FrameType
from typing import Annotated

import typer
import uvicorn

from app.config import environment, load
from app.errors import LaunchRefused
from app.launch import bind
from app.main import Application


def run(
    *,
    only: Annotated[
        list[str] | None,
        typer.Option(metavar="MODULE", help="Run this module, and not the others; may be given several times."),
    ] = None,
    fake_rest: Annotated[
        bool, typer.Option("--fake-rest", help="Have the other modules stood in for by fakes that keep nothing.")
    ] = False,
) -> None:
    """Serve the store as `uvicorn app.main:app` does, where the settings say; or a part of it, to work on that."""
    if fake_rest and not only:
        raise LaunchRefused("--fake-rest is for a store in part; name the modules that are to run with --only.")
    gateway = load(None, environment()).gateway
    listening = bind(gateway.host, gateway.port)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)-7s %(name)s: %(message)s")
    logging.getLogger("alembic").setLevel(logging.WARNING)
    config = uvicorn.Config(
        Application(only=frozenset(only or ()), fake_rest=fake_rest),
        loop="uvloop",
        http="httptools",
        lifespan="on",
        proxy_headers=False,
        server_header=False,
        access_log=False,
        log_config=None,
        log_level="warning",
        timeout_graceful_shutdown=10,
    )
    _Server(config).run(sockets=[listening])


class _Server(uvicorn.Server):
    """Says where the store is once it is there, and ends well when it is stopped."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        for each in sockets or ():
            host, port = each.getsockname()[:2]
            shown = f"[{host}]" if ":" in host else host
            print(f"The store is at http://{shown}:{port} (Ctrl+C stops it).", flush=True)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002  # uvicorn's signature
        """As uvicorn's, which however repeats the signal at the end, so that the process dies of it."""
        if self.should_exit and sig == signal.SIGINT:
            self.force_exit = True
        self.should_exit = True
