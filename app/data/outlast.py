"""Waiting for what must come to its end, however often the waiting task is cancelled."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

NUDGE = 0.01
"""Seconds between nudges."""


async def outlast(future: asyncio.Future[Any], *, nudge: Callable[[], None] | None = None) -> None:
    """Wait until a future is done; only then pass on a cancellation. Its result is left for the caller.

    ``nudge`` is called at once and again and again, to hasten the end.
    """
    cancelled: asyncio.CancelledError | None = None
    while not future.done():
        if nudge is not None:
            nudge()
        try:
            await asyncio.wait((future,), timeout=None if nudge is None else NUDGE)
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is not None:
        raise cancelled
