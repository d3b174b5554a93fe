"""Our HTTP door behind uvicorn, and the HTTP carrier as its client: the same pipeline on both sides, as JSON."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from app.launch import bind
from app.wire.door import Door
from app.wire.door.serving import serving
from bench.contestants import Place, Served
from bench.contestants.ours import CALLER, TOKEN, call, claims, exports, sweeping

__all__ = ["call", "serve"]


@asynccontextmanager
async def serve(_: Place) -> AsyncIterator[Served]:
    """Serve the shelf by HTTP on a free port, to bearers of the token."""
    async with sweeping() as sweep:
        door = Door(
            exports(sweep),
            claims(),
            {CALLER: TOKEN},
            lambda: b"",
            modules={CALLER},
            max_body=1 << 20,
            patience=20.0,
        )
        listening = bind("127.0.0.1", 0)
        async with serving(door, listening):
            yield Served(f"http://127.0.0.1:{listening.getsockname()[1]}")
