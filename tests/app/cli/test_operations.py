"""Operations are found by the names that people give them, and their manual is their contract."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Protocol, final

import pytest
from msgspec import Meta

from app.cli.operations import Known, find_operation, known_operations, manual, shape
from app.errors import LaunchRefused
from app.runtime.part import Part
from contracts.kit import STAFF, Error, Message, Module, atomic, command, contract, query, stream
from contracts.values import Instant


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


class Thing(Message):
    """A thing."""

    name: Annotated[str, Meta(max_length=5)]
    colours: tuple[Colour, ...] = ()
    made: Instant | None = None


class Lost(Error):
    """It is lost."""

    code = "things.lost"
    name: str


@contract(version=1, name="things")
class ThingsV1(Protocol):
    @query()
    async def old(self) -> None: ...


@contract(version=2)
class Things(Protocol):
    @command(atomic, allow=STAFF, deadline=2.5, raises=(Lost,))
    async def put(self, thing: Thing, *, often: int = 1) -> Thing:
        """Put a thing away.

        It stays there.
        """
        ...

    @stream()
    def all(self) -> AsyncIterator[Thing]:
        """Yield all things."""
        ...


@final
class _Nothing:
    pass


PARTS = [Part("things", module=Module(name="things", container=_Nothing, provides=(ThingsV1, Things)))]


def found(name: str) -> Known:
    return find_operation(name, known_operations(PARTS))


def test_all_operations_are_known_the_newest_version_by_the_shortest_name() -> None:
    assert list(known_operations(PARTS)) == ["things.v1.old", "things.put", "things.all"]


@pytest.mark.parametrize("name", ["things.put", "things.v2.put", "things.v2/put"])
def test_an_operation_has_several_names(name: str) -> None:
    assert found(name).codec.path == "things.v2/put"


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("things.putt", "did you mean things.put?"),
        ("things.v2/putt", "did you mean things.put?"),
        ("things.v3.all", "did you mean things.all?"),
        ("xyz", "`freestone call` lists them."),
    ],
)
def test_an_unknown_operation_is_refused_with_the_one_that_was_meant(name: str, hint: str) -> None:
    with pytest.raises(LaunchRefused) as refused:
        found(name)
    assert str(refused.value) == f"There is no operation {name}; {hint}"


def test_the_manual_says_all_that_the_contract_says() -> None:
    assert manual(found("things.put")) == (
        "things.put: a command of things.v2.\n"
        "\n"
        "Put a thing away.\n"
        "\n"
        "It stays there.\n"
        "\n"
        "May be called by: operator, staff, system. Time: at most 2.5 s.\n"
        "Once under each --key: repeated, it gives the first answer again.\n"
        "\n"
        "Arguments, as one JSON object:\n"
        '  thing: {name: text, colours?: ["red" or "blue", …], made?: date and time (RFC 3339) or null}\n'
        "  often: whole number   (without it 1)\n"
        "\n"
        'Result: {name: text, colours?: ["red" or "blue", …], made?: date and time (RFC 3339) or null}\n'
        "\n"
        "Errors:\n"
        "  things.lost {name: text}\n"
        "      It is lost."
    )
    assert "Each item: {name: text, " in manual(found("things.all"))
    assert "Time: at most 5 s for each item." in manual(found("things.all"))
    assert "Arguments" not in manual(found("things.all"))


@pytest.mark.parametrize(
    ("annotation", "expected"),
    [
        (bytes, "text in base64"),
        (timedelta, "duration (ISO 8601)"),
        (tuple[int, str], "[whole number, text]"),
        (dict[str, float], "{text: number, …}"),
        (frozenset[bool], "[true or false, …]"),
        (None, "null"),
    ],
)
def test_shapes(annotation: object, expected: str) -> None:
    assert shape(annotation) == expected
