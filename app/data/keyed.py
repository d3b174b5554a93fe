"""A repeatable command under way with a key: how what it writes goes together with its key."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from sqlalchemy.ext.asyncio import AsyncSession

from app.data import keys
from app.data.database import ModuleDatabase
from app.data.keys import Entry, Scope
from app.data.work import WriteTransaction


class Answered(BaseException):
    """Ends an operation in its `write`: meanwhile another arrival of its key was answered.

    Not an Exception, so that no handler in a module takes it for a failure and makes amends.
    """


class AtomicCall:
    """An `atomic` command under way with a key: its one transaction waits for its result.

    ``first`` is set when its transaction found that another arrival came first.
    """

    def __init__(self, database: ModuleDatabase, scope: Scope, fingerprint: bytes) -> None:
        self.first: Entry | None = None
        self._database = database
        self._scope = scope
        self._fingerprint = fingerprint
        self._work: WriteTransaction | None = None
        self._written = False
        self._over = False

    def write(self, database: ModuleDatabase) -> AbstractAsyncContextManager[WriteTransaction]:
        """Open the transaction; a task that outlives the command, or another's database, is on its own."""
        if self._over or database is not self._database:
            return database.transaction()
        return self._join()

    @asynccontextmanager
    async def _join(self) -> AsyncIterator[WriteTransaction]:
        if self.first is not None:
            raise Answered
        if self._written:
            raise RuntimeError(f"{self._scope.operation} is atomic and opens a second write(); make it one.")
        self._written = True
        work = await self._database.begin()
        try:
            self.first = await keys.claim(work.session, self._scope, Entry(self._fingerprint))
            if self.first is not None:
                raise Answered
            yield work
            await work.flush()
        except BaseException:
            await work.rollback()
            raise
        self._work = work

    async def begin(self, *_: object) -> str:
        """Refuse: only a `process` command ties its key to a subject."""
        raise RuntimeError(f"{self._scope.operation} is atomic; begin() is for process commands.")

    async def settle(self, entry: Entry) -> Entry | None:
        """Store the answer and commit, together with the work if there is some.

        Returns None, or what another arrival stored first.
        """
        if self._work is None:
            async with self._database.transaction() as work:
                self.first = await keys.claim(work.session, self._scope, entry)
            return self.first
        await keys.answer(self._work.session, self._scope, entry)
        await self._work.commit()
        return None

    async def undo(self) -> None:
        """Roll back what was not committed."""
        if self._work is not None:
            work, self._work = self._work, None
            await work.rollback()

    async def end(self) -> None:
        """Let go of the transaction; what the command's tasks write from now on is not its work."""
        self._over = True
        await self.undo()


class ProcessCall:
    """A `process` command under way with a key, which its first transaction ties to a subject.

    ``has_begun`` once one is stored, by this arrival or another: from then on the subject's row answers. ``first`` is
    set where another arrival was refused before anything began.
    """

    def __init__(self, database: ModuleDatabase, scope: Scope, fingerprint: bytes) -> None:
        self.has_begun = False
        self.first: Entry | None = None
        self._database = database
        self._scope = scope
        self._fingerprint = fingerprint
        self._beginning: AsyncSession | None = None

    def write(self, database: ModuleDatabase) -> AbstractAsyncContextManager[WriteTransaction]:
        """Open a transaction: the first has to `begin`, all others are like any other."""
        if self.has_begun or database is not self._database:
            return database.transaction()
        return self._begin()

    @asynccontextmanager
    async def _begin(self) -> AsyncIterator[WriteTransaction]:
        async with self._database.transaction() as work:
            yield work
            if work.session is not self._beginning and not self.has_begun:
                raise RuntimeError(f"{self._scope.operation} is a process; call begin() in its first write().")
        self.has_begun = True

    async def begin(self, session: AsyncSession, subject: str) -> str:
        """Store the subject, or return the one of the key's first arrival."""
        first = await keys.claim(session, self._scope, Entry(self._fingerprint, subject=subject))
        self._beginning = session
        if first is None:
            return subject
        first.check(self._scope, self._fingerprint)
        if first.subject is None:
            self.first = first
            raise Answered
        self.has_begun = True
        return first.subject

    async def settle(self, entry: Entry) -> Entry | None:
        """Store a declared error before anything began; returns None, or what another arrival stored first."""
        async with self._database.transaction() as work:
            return await keys.claim(work.session, self._scope, entry)
