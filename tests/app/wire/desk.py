"""A desk of notes behind the strict carrier: one contract, a provider that does as it is told, and its keys."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any, Protocol, final

from app.runtime.target import Target
from app.wire.codec import ContractCodec
from app.wire.strict import strict_target
from contracts.kit import Error, Message, atomic, command, contract, contract_of, query, stream
from contracts.kit.context import Frame, current_frame
from tests.app.runtime.builders import HURRY, House


class Note(Message):
    """Says something."""

    text: str


class Longer(Note):
    """Says more than its contract does."""

    more: str


class Lost(Error):
    """It is lost."""

    code = "desk.lost"
    note: Note


class Gone(Lost):
    """It is lost, and not as its contract says."""

    code = "desk.gone"


@contract(version=1)
class Desk(Protocol):
    """Keeps notes."""

    @query(deadline=HURRY, raises=(Lost,))
    async def read(self, note: Note, *, twice: bool = False) -> Note: ...

    @command(deadline=HURRY, raises=(Lost,))
    async def write(self, note: Note) -> Note: ...

    @command(atomic, deadline=HURRY, raises=(Lost,))
    async def keep(self, note: Note, *, twice: bool = False) -> Note: ...

    @stream(raises=(Lost,))
    def leaf(self, note: Note) -> AsyncIterator[Note]: ...


Do = Callable[[Note], Awaitable[Any]]


async def same(note: Note) -> Note:
    """Give back what came."""
    return note


@final
class Writer(Desk):
    """A desk that does as it is told, and notes what came."""

    def __init__(self, do: Do = same) -> None:
        self.do = do
        self.came: list[Note] = []
        self.closed = False

    async def read(self, note: Note, *, twice: bool = False) -> Note:
        return await self._did(note)

    async def write(self, note: Note) -> Note:
        return await self._did(note)

    async def keep(self, note: Note, *, twice: bool = False) -> Note:
        return await self._did(note)

    async def leaf(self, note: Note) -> AsyncIterator[Note]:
        try:
            for _ in range(3):
                yield await self._did(note)
        finally:
            self.closed = True

    async def _did(self, note: Note) -> Note:
        self.came.append(note)
        result: Note = await self.do(note)
        return result


class Keys:
    """Runs a command under each key, and notes the keys and the frames; nothing is remembered."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.arguments: list[Sequence[Any]] = []

    async def __call__(self, frame: Frame, key: str, target: Callable[..., Any], arguments: Sequence[Any]) -> Any:
        assert frame is current_frame()
        self.seen.append(key)
        self.arguments.append(arguments)
        note, twice = arguments
        return await target(note, twice=twice)


CODEC = ContractCodec(contract_of(Desk), "desk.v1", "desk")
NOTE = Note(text="a")


def desk(house: House, writer: Writer, keys: Keys | None = None) -> Desk:
    """Return what a caller sees of a writer that stands behind the contract, strictly."""
    bound = house.absent(Desk, "desk")
    bound.binding.bind(strict_target(Target(writer, 10, once={"keep": keys or Keys()}), CODEC))
    return bound.proxy
