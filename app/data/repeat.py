"""Commands that may be repeated under an idempotency key, with one effect and one answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import msgspec

from app.data import keys
from app.data.arguments import Arguments
from app.data.database import ModuleDatabase
from app.data.keyed import Answered, AtomicCall, ProcessCall
from app.data.keys import Answers, Entry, Scope
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
        scope = Scope.of(frame.context.actor.id, self._name, key)
        fingerprint = self._arguments.fingerprint(arguments)
        split = len(arguments) - len(self._named)
        named = dict(zip(self._named, arguments[split:], strict=True))

        def run() -> Awaitable[Any]:
            return target(*arguments[:split], **named)

        async with self._database.read() as session:
            first = await keys.find(session, scope)
        if first is not None:
            first.check(scope, fingerprint)
        if first is not None and first.subject is None:
            return self._again(first, scope, fingerprint)
        once = self._process if self._repeat is process else self._atomic
        return await once(frame, scope, fingerprint, run)

    async def _atomic(self, frame: Frame, scope: Scope, fingerprint: bytes, run: Callable[[], Awaitable[Any]]) -> Any:
        call = frame.key = AtomicCall(self._database, scope, fingerprint)
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

    async def _process(self, frame: Frame, scope: Scope, fingerprint: bytes, run: Callable[[], Awaitable[Any]]) -> Any:
        call = frame.key = ProcessCall(self._database, scope, fingerprint)
        try:
            return await run()
        except Error as error:
            if call.has_begun or not self._answers.declares(error):
                raise
            first = await call.settle(self._answers.of_error(fingerprint, error))
            if first is None:
                raise
        except (Exception, BaseExceptionGroup, Answered):
            if call.first is None:
                raise
            first = call.first
        if first.subject is None:
            return self._again(first, scope, fingerprint)
        return await run()  # meanwhile another arrival has begun: its subject answers

    def _again(self, first: Entry, scope: Scope, fingerprint: bytes) -> Any:
        first.check(scope, fingerprint)
        try:
            return self._answers.give(first)
        except (LookupError, msgspec.MsgspecError):
            # It came by another version of the contract, whose answer means nothing in this one.
            raise Conflict(operation=self._name) from None
