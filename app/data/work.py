"""One write transaction of a module's database."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import UTC, datetime
from typing import Any, final

import msgspec
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.data import tables
from app.data.place import Bell
from app.failpoints import failpoints
from app.line import calling_line
from contracts.kit import ContractError, Event, Work, current_context
from contracts.kit.context import current_frame, current_holder
from contracts.kit.writing import Writing

EventGuard = Callable[[str, Event], None]
"""Given a module and what it publishes, raises an error where that would not arrive as it is."""


class WorkSession(AsyncSession):
    """A session whose transaction ends with its `write` block, not before; a part can be a savepoint."""

    async def commit(self) -> None:
        raise RuntimeError("A write() commits at the end of its block; leave out commit().")

    async def rollback(self) -> None:
        raise RuntimeError("A write() is rolled back by an exception; undo a part of it with begin_nested().")


@final
class WriteTransaction(Work[AsyncSession]):
    """A transaction that holds its database's one writer from its making to `commit` or `rollback`.

    All the while the task that opened it is marked as writing (`Holder.writing`), and with it those that it starts.
    ``ended`` is called once it has ended, with whether events may have been committed.
    """

    def __init__(
        self,
        module: str,
        events: Collection[type[Event]],
        session: AsyncSession,
        ended: Callable[[bool], None],
        guard: EventGuard | None,
        bell: Bell,
    ) -> None:
        self._module = module
        self._declared = events
        self._session = session
        self._ended: Callable[[bool], None] | None = ended
        self._guard = guard
        self._bell = bell
        self._events: list[dict[str, Any]] = []
        self._published = False
        self._holder = current_holder()
        self._outer = self._holder.writing
        self._mark = self._holder.writing = Writing(module, calling_line())

    @property
    def session(self) -> AsyncSession:
        return self._session

    def publish(self, event: Event) -> None:
        if type(event) not in self._declared:
            raise ContractError(
                f"Module {self._module} publishes {type(event).__name__}, which no contract it provides declares; "
                "add it to @contract(events=…)."
            )
        if self._guard is not None:
            self._guard(self._module, event)
        self._events.append(
            {
                "code": event.code,
                "key": event.ordering_key(),
                "payload": msgspec.json.encode(event),
                "request_id": current_context().request_id,
            }
        )

    async def begin(self, subject: str) -> str:
        key = current_frame().key
        return subject if key is None else await key.begin(self._session, subject)

    async def flush(self) -> None:
        """Send to the database all that a commit would send, so that it fails here if it must."""
        await self._session.flush()
        if self._events:
            now = tables.microseconds(datetime.now(UTC))
            await self._session.execute(insert(tables.outbox), [event | {"published": now} for event in self._events])
            self._events.clear()
            if not self._published:
                self._published = True
                await self._bell.ring_with(self._session)

    async def commit(self) -> None:
        """Make it last. Where this raises an error, it was rolled back; where it is cancelled, either may be."""
        try:
            await self.flush()
            if failpoints.armed:
                failpoints.hit(f"commit.{self._module}.before", self._mark.opened)
            await AsyncSession.commit(self._session)
            if failpoints.armed:
                failpoints.hit(f"commit.{self._module}.after", self._mark.opened)
        finally:
            await self._end()

    async def rollback(self) -> None:
        """Undo it; nothing where it has ended."""
        self._published = False
        await self._end()

    async def _end(self) -> None:
        if self._ended is not None:
            ended, self._ended = self._ended, None
            try:
                await self._session.__aexit__(None, None, None)  # a cancellation does not cut it short
            finally:
                self._holder.writing = self._outer
                self._mark.end()
                ended(self._published)
