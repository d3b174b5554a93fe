"""Commands that may be repeated under an idempotency key, with one effect and one answer."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from app.data import keys
from app.data.arguments import Arguments
from app.data.database import ModuleDatabase
from app.data.keys import Answers, Entry, Scope
from app.data.work import WriteTransaction
from contracts.kit import Conflict, Error, Operation, atomic, process
from contracts.kit.context import Frame

Target = Callable[..., Awaitable[Any]]


class Repeater:
    """Runs one `atomic` or `process` command of one database under its caller's keys.

    ``name`` is the operation's full name, e.g. ``catalog.change_price``.
    """

    def __init__(self, database: ModuleDatabase, name: str, operation: Operation) -> None:
        if operation.semantics.repeat not in (atomic, process):
            raise ValueError(f"{name} is not repeatable.")
        self._database = database
        self._name = name
        self._repeat = operation.semantics.repeat
        self._named = [each.name for each in operation.parameters if each.keyword_only]
        self._answers = Answers(operation.returns, operation.semantics.raises)
        self._arguments = Arguments(name, operation)

    async def __call__(self, frame: Frame, key: str, target: Target, arguments: Sequence[Any]) -> Any:
        """Call ``target`` under ``key``, or answer as the key's first arrival was answered.

        ``arguments`` has one value for each of the operation's parameters, in their order. ``frame`` is
        the call's own. Raises `Conflict` where the key was used with other arguments,
        `InvalidArgument` where they cannot be encoded: too deeply nested, say.
        """
        scope = Scope(frame.context.actor.id or "guest", self._name, key)
        fingerprint = self._arguments.fingerprint(arguments)
        split = len(arguments) - len(self._named)
        named = dict(zip(self._named, arguments[split:], strict=True))

        def run() -> Awaitable[Any]:
            return target(*arguments[:split], **named)

        if self._repeat is process:
            frame.key = ProcessCall(self._database, scope, fingerprint)
            return await run()
        return await self._once(frame, scope, fingerprint, run)

    async def _once(self, frame: Frame, scope: Scope, fingerprint: bytes, run: Callable[[], Awaitable[Any]]) -> Any:
        async with self._database.read() as session:
            first = await keys.find(session, scope)
        if first is not None:
            return self._again(first, scope, fingerprint)
        call = frame.key = AtomicCall(self._database, scope)
        result, error = None, None
        try:
            try:
                result = await run()
                entry = self._answers.of_result(fingerprint, result)
            except Error as raised:
                if not self._answers.declares(raised):
                    raise
                error = raised
                entry = self._answers.of_error(fingerprint, error)
                await call.undo()
            first = call.first or await call.settle(entry)
        except (Exception, BaseExceptionGroup, Answered):
            if call.first is None:
                raise
            first = call.first
        finally:
            await call.end()
        if first is not None:
            return self._again(first, scope, fingerprint)
        if error is not None:
            raise error
        return result

    def _again(self, first: Entry, scope: Scope, fingerprint: bytes) -> Any:
        first.check(scope, fingerprint)
        try:
            return self._answers.give(first)
        except (LookupError, msgspec.MsgspecError):
            # It came by another version of the contract, whose answer means nothing in this one.
            raise Conflict(operation=self._name) from None


class Answered(BaseException):
    """Ends an operation at its `write`: meanwhile another arrival of its key has done the work.

    Not an Exception, so that no handler in a module takes it for a failure and makes amends.
    """


class AtomicCall:
    """An `atomic` command under way with a key: its one transaction waits for its result.

    ``first`` is set when its transaction found that another arrival came first.
    """

    def __init__(self, database: ModuleDatabase, scope: Scope) -> None:
        self.first: Entry | None = None
        self._database = database
        self._scope = scope
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
            self.first = await keys.find(work.session, self._scope)
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
                self.first = await keys.find(work.session, self._scope)
                if self.first is None:
                    await keys.store(work.session, self._scope, entry)
            return self.first
        await keys.store(self._work.session, self._scope, entry)
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
    """A `process` command under way with a key, which its first transaction ties to a subject."""

    def __init__(self, database: ModuleDatabase, scope: Scope, fingerprint: bytes) -> None:
        self._database = database
        self._scope = scope
        self._fingerprint = fingerprint

    def write(self, database: ModuleDatabase) -> AbstractAsyncContextManager[WriteTransaction]:
        """Open a transaction like any other."""
        return database.transaction()

    async def begin(self, session: AsyncSession, subject: str) -> str:
        """Store the subject, or return the one of the key's first arrival."""
        first = await keys.find(session, self._scope)
        if first is None:
            await keys.store(session, self._scope, Entry(self._fingerprint, subject=subject))
            return subject
        first.check(self._scope, self._fingerprint)
        assert first.subject is not None
        return first.subject
