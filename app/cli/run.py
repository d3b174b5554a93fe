"""`freestone run`: serve the store."""

from __future__ import annotations

import logging
import os
import signal
import socket
from types import FrameType

import uvicorn

from app.config import load
from app.launch import bind


def run() -> None:
    """Serve the store by `uvicorn app.main:app`, where the settings say."""
    gateway = load(None, os.environ).gateway
    listening = bind(gateway.host, gateway.port)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)-7s %(name)s: %(message)s")
    logging.getLogger("alembic").setLevel(logging.WARNING)
    config = uvicorn.Config(
        "app.main:app",
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
