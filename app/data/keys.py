"""The rows of idempotency keys: what was done under each, and how it was answered."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple, Self

import msgspec
from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from app.data.tables import keys, microseconds
from contracts.kit import Conflict, Error

LONGEST = 200
"""Characters that a key is kept with as it is; of a longer one its digest is kept."""


class Scope(NamedTuple):
    """Whose key it is, for which operation (``catalog.change_price``); all guests are one."""

    actor: str
    operation: str
    key: str

    @classmethod
    def of(cls, actor: str, operation: str, key: str) -> Self:
        """Return the scope of any key at all: also of one that not every database would take as it is."""
        if len(key) > LONGEST or not (key.isascii() and key.isprintable()):
            key = f"sha256:{hashlib.sha256(key.encode(errors='surrogatepass')).hexdigest()}"
        return cls(actor or "guest", operation, key)


class Entry(msgspec.Struct, frozen=True):
    """What is stored under a key.

    ``fingerprint`` stands for the arguments. There is the ``subject`` of a `process` command that has begun, or the
    ``answer``: the result of an `atomic` one, or with a ``code`` the fields of a declared error of either. Neither is
    there while an `atomic` command is under way, which no other transaction sees.
    """

    fingerprint: bytes
    subject: str | None = None
    code: str | None = None
    answer: bytes | None = None

    def check(self, scope: Scope, fingerprint: bytes) -> None:
        """Raise `Conflict` where the key came with other arguments."""
        if self.fingerprint != fingerprint:
            raise Conflict(operation=scope.operation)


class Answers:
    """How an operation's results and declared errors are stored, and given again."""

    def __init__(self, returns: Any, raises: tuple[type[Error], ...]) -> None:
        self._encoder = msgspec.msgpack.Encoder()
        self._result = msgspec.msgpack.Decoder(returns)
        self._errors: Mapping[str, type[Error]] = {error.code: error for error in raises}

    def declares(self, error: BaseException) -> bool:
        """Say whether an error is one of those that the operation declares."""
        return isinstance(error, Error) and self._errors.get(error.code) is type(error)

    def of_result(self, fingerprint: bytes, result: object) -> Entry:
        """Return the entry for a result."""
        return Entry(fingerprint, answer=self._encoder.encode(result))

    def of_error(self, fingerprint: bytes, error: Error) -> Entry:
        """Return the entry for a declared error."""
        return Entry(fingerprint, code=error.code, answer=self._encoder.encode(error.form(**error.fields)))

    def give(self, entry: Entry) -> Any:
        """Return the result of an entry, or raise its error."""
        assert entry.answer is not None
        if entry.code is None:
            return self._result.decode(entry.answer)
        error = self._errors[entry.code]
        raise error(**msgspec.structs.asdict(msgspec.msgpack.decode(entry.answer, type=error.form)))


async def find(session: AsyncSession, scope: Scope) -> Entry | None:
    """Return what is stored under a key, if there is something."""
    columns = keys.c.fingerprint, keys.c.subject, keys.c.code, keys.c.answer
    row = (await session.execute(select(*columns).where(*_is(scope)))).one_or_none()
    return None if row is None else Entry(*row)


async def claim(session: AsyncSession, scope: Scope, entry: Entry) -> Entry | None:
    """Store an entry under a key; where there is one already, return that and store nothing.

    Whoever claims a key that an open transaction has claimed waits for that one's end.
    """
    values = scope._asdict() | msgspec.structs.asdict(entry)
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    new = insert(keys).values(**values, stored=microseconds(datetime.now(UTC)))
    while True:
        if await session.scalar(new.on_conflict_do_nothing().returning(keys.c.key)) is not None:
            return None
        first = await find(session, scope)
        if first is not None:  # else it has just been forgotten
            return first


async def answer(session: AsyncSession, scope: Scope, entry: Entry) -> None:
    """Complete the entry that was claimed in the same transaction."""
    await session.execute(update(keys).where(*_is(scope)).values(**msgspec.structs.asdict(entry)))


def _is(scope: Scope) -> tuple[Any, ...]:
    return keys.c.actor == scope.actor, keys.c.operation == scope.operation, keys.c.key == scope.key
