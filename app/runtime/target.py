"""What stands behind a contract at one time, and the calls it is executing."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from contracts.kit.context import Frame

Close = Callable[[], Awaitable[None]]
Once = Callable[..., Awaitable[object]]


class Target:
    """An object that provides a contract, its calls under way and its limit.

    ``calls`` is at once the limit's count, the drain's count and the sweep's table. ``once`` runs the
    repeatable commands, by operation name, that come under an idempotency key. Once retired, the target
    is closed when its last call is done.
    """

    def __init__(
        self, provider: object, limit: int, *, once: Mapping[str, Once] | None = None, close: Close | None = None
    ) -> None:
        self.provider = provider
        self.limit = limit
        self.once = dict(once or {})
        self.calls: set[Frame] = set()
        self.retired = False
        self._close = close
        self._idle = asyncio.Event()

    def settle(self) -> bool:
        """Note that a retired target has become idle; say whether it has."""
        if self.retired and not self.calls:
            self._idle.set()
        return self._idle.is_set()

    async def drain(self) -> None:
        """Wait until a retired target's last call is done, then close it."""
        self.settle()
        await self._idle.wait()
        if self._close is not None:
            close, self._close = self._close, None
            await close()
