"""uvicorn, for those who serve an ASGI application of their own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import uvicorn

from app.launch import bind
from bench.contestants import Served

KEPT = 600
"""Seconds that an idle connection stays open: for as long as the others are measured."""


@asynccontextmanager
async def serving(application: Any) -> AsyncIterator[Served]:
    """Serve an application on a free port until the block ends, as fast as uvicorn can."""
    listening = bind("127.0.0.1", 0)
    config = uvicorn.Config(
        application,
        http="httptools",
        lifespan="off",
        access_log=False,
        log_level="warning",
        timeout_keep_alive=KEPT,
    )
    server = uvicorn.Server(config)
    task = asyncio.get_running_loop().create_task(server.serve(sockets=[listening]))
    while not server.started:  # noqa: ASYNC110 - no event tells
        await asyncio.sleep(0.01)
    try:
        yield Served(f"http://127.0.0.1:{listening.getsockname()[1]}")
    finally:
        server.should_exit = True
        await task
