"""A contract, and a binding of it to whatever answers by HTTP on a Unix socket."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Protocol

from app.runtime.binding import Binding
from app.runtime.sweep import Sweep
from app.wire.codec import ContractCodec
from app.wire.http import HttpSender
from app.wire.remote import remote_target
from contracts.kit import Error, Message, atomic, command, contract, contract_of, query, stream
from tests.app.gateway.backends import Backend, Behave, behaving
from tests.app.runtime.builders import AGES, HURRY


class NotHeld(Error):
    """The library does not hold this book."""

    code = "library.not_held"
    isbn: str


class Book(Message):
    isbn: str
    title: str
    pages: int | None = None


BOOK = Book(isbn="1", title="Ärger", pages=100)
LARGEST = 4096


@contract(version=2)
class Library(Protocol):
    """Finds and lends books."""

    @query(deadline=AGES, raises=(NotHeld,))
    async def find(self, isbn: str) -> Book: ...

    @query(deadline=HURRY)
    async def hurry(self) -> None: ...

    @command(atomic, deadline=AGES)
    async def lend(self, isbn: str, days: int = 14) -> int: ...

    @command(deadline=AGES)
    async def close(self) -> None: ...

    @stream(deadline=AGES, raises=(NotHeld,))
    def shelf(self, isbns: tuple[str, ...]) -> AsyncIterator[Book]: ...


@asynccontextmanager
async def library(socket: Path, *, token: str | None = None) -> AsyncIterator[Library]:
    """The proxy of a caller, ``reader``; it takes answers of up to `LARGEST` bytes."""
    sender = HttpSender("http://library.example/", token=token, socket=socket, largest=LARGEST)
    sweep = Sweep()
    binding = Binding(contract_of(Library), "library", sweep, reason="it is away")
    binding.bind(remote_target(ContractCodec(contract_of(Library), "library.v2", "library"), sender, 1000))
    sweep.start()
    try:
        yield binding.proxy("reader")
    finally:
        sweep.stop()
        await sender.close()


@asynccontextmanager
async def strange(folder: Path, behave: Behave | bytes) -> AsyncIterator[tuple[Backend, Library]]:
    """Something that answers in its own way, and a reader's proxy for it."""
    async with behaving(behave, folder / "s") as backend, library(folder / "s") as proxy:
        yield backend, proxy
