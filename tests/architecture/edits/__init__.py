"""Edits of contracts, a file a subject, each labelled with what it means for those who call.

`test_edits.py` holds them against what `app.evolution` says, and both against what the codec really does.
"""

from __future__ import annotations

import itertools
import sys
from types import ModuleType

import msgspec

from contracts.kit import Contract, contract_of

LETTERS = {"S": "safe", "P": "provider first", "C": "callers first", "B": "breaking", "-": "no change"}

_PRELUDE = """
from __future__ import annotations
from collections.abc import AsyncIterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum, Flag, IntEnum, StrEnum
from typing import Annotated, ClassVar, Literal, NewType, Protocol
from uuid import UUID
from msgspec import Meta
from contracts.kit import (
    CUSTOMER, OPERATOR, STAFF, SYSTEM, Error, Event, Message, Role, atomic, command, contract, process, query, stream
)
"""

_SHOP = """
class Failed(Error):
    code = "shop.failed"
    thing: Thing

class Happened(Event):
    code: ClassVar[str] = "shop.happened"
    key: ClassVar[str] = "id"
    id: str
    thing: Thing

@contract(version=1, events=(Happened,))
class Shop(Protocol):
    @query()
    async def take(self, thing: Thing) -> None: ...
    @query(raises=(Failed,))
    async def give(self) -> Thing: ...
    @stream()
    def flow(self) -> AsyncIterator[Thing]: ...
    @command(atomic, raises=(Failed,))
    async def keep(self) -> Thing: ...
"""

_numbers = itertools.count()


class TypeEdit(msgspec.Struct, frozen=True):
    """A type that changes. ``old`` and ``new`` are the fields of a message `Thing`, or define it after what it needs.

    ``verdicts`` has a letter of `LETTERS` each for the type in a request, in a response or item, in the stored answer
    of an `atomic` command, and in an event. ``place`` is the end of the change's place, ``what`` a part of what
    is said to have changed.
    """

    label: str
    old: str
    new: str
    verdicts: str
    place: str = ""
    what: str = ""

    def contracts(self) -> tuple[Contract, Contract]:
        """Return both versions of a contract in which the type travels every way."""
        return shop(_thing(self.old) + _SHOP), shop(_thing(self.new) + _SHOP)


class OperationEdit(msgspec.Struct, frozen=True):
    """A contract that changes. ``old`` and ``new`` are the operations of `Shop`, or define it after what it needs.

    ``changes`` has for each change that must be found, and for no other, the place, a part of what is said to have
    changed, and the verdict's letter; ``overall`` is the letter for all together.
    """

    label: str
    old: str
    new: str
    changes: tuple[tuple[str, str, str], ...]
    overall: str

    def contracts(self) -> tuple[Contract, Contract]:
        """Return both versions."""
        return shop(_protocol(self.old)), shop(_protocol(self.new))


def shop(source: str) -> Contract:
    """Return the contract that a text defines, as a module of its own."""
    module = ModuleType(f"edited_{next(_numbers)}")
    sys.modules[module.__name__] = module  # where annotations are looked up
    exec(compile(_PRELUDE + source, module.__name__, "exec", dont_inherit=True), vars(module))
    return contract_of(module.Shop)


def _thing(source: str) -> str:
    return source if "class Thing" in source else "class Thing(Message):\n" + _indented(source)


def _protocol(source: str) -> str:
    return source if "class Shop" in source else "@contract(version=1)\nclass Shop(Protocol):\n" + _indented(source)


def _indented(source: str) -> str:
    return "".join(f"    {line}\n" for line in source.splitlines())
