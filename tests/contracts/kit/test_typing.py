"""What mypy --strict finds in code written against contracts, what it lets pass, and that right code passes.

Each case is a file; a line on which an error is due ends with ``# flagged: `` and words of the message.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

ROOT = Path(__file__).parents[3]

CONTRACT = """
from collections.abc import AsyncIterator
from typing import Protocol, final

from dependency_injector import containers, providers

from contracts.kit import CUSTOMER, Error, Message, atomic, command, contract, query, stream


class Item(Message):
    id: int
    name: str = ""


class Missing(Error):
    code = "shop.missing"
    id: int


@contract(version=1)
class Shop(Protocol):
    @query(deadline=0.5, raises=(Missing,))
    async def get(self, id: int, name: str = "") -> Item: ...

    @command(atomic, allow=CUSTOMER)
    async def put(self, item: Item) -> None: ...

    @stream()
    def watch(self) -> AsyncIterator[Item]: ...


@final
class Right(Shop):
    async def get(self, id: int, name: str = "") -> Item:
        if id < 0:
            raise Missing(id=id)
        return Item(id=id, name=name)

    async def put(self, item: Item) -> None:
        return None

    async def watch(self) -> AsyncIterator[Item]:
        yield Item(id=1)
"""

CASES = {
    "right": """
        class Box(containers.DeclarativeContainer):
            shop: providers.Provider[Shop] = providers.Singleton(Right)


        async def use(shop: Shop) -> str:
            async for item in shop.watch():
                await shop.put(item)
            return (await shop.get(1)).name


        async def give() -> str:
            return await use(Right())
    """,
    "an operation is missing": """
        @final
        class Wrong(Shop):  # flagged: has abstract attributes "put"
            async def get(self, id: int, name: str = "") -> Item:
                return Item(id=id)

            async def watch(self) -> AsyncIterator[Item]:
                yield Item(id=1)
    """,
    "an operation is missing, and the class is not final": """
        class Wrong(Shop):
            async def get(self, id: int, name: str = "") -> Item:
                return Item(id=id)

            async def watch(self) -> AsyncIterator[Item]:
                yield Item(id=1)


        shop = Wrong()  # flagged: Cannot instantiate abstract class "Wrong" with abstract attribute "put"
    """,
    "a parameter has another type": """
        class Wrong(Shop):
            async def get(self, id: str, name: str = "") -> Item:  # flagged: incompatible with supertype "Shop"
                return Item(id=1)
    """,
    "a parameter lacks its default": """
        class Wrong(Shop):
            async def get(self, id: int, name: str) -> Item:  # flagged: incompatible with supertype "Shop"
                return Item(id=1)
    """,
    "a parameter is missing": """
        class Wrong(Shop):
            async def get(self, id: int) -> Item:  # flagged: incompatible with supertype "Shop"
                return Item(id=1)
    """,
    "a parameter is new": """
        class Wrong(Shop):
            async def put(self, item: Item, twice: bool) -> None:  # flagged: incompatible with supertype "Shop"
                return None
    """,
    "it cannot wait": """
        class Wrong(Shop):
            def get(self, id: int, name: str = "") -> Item:  # flagged: Return type "Item" of "get" incompatible
                return Item(id=1)
    """,
    "it returns something else": """
        class Wrong(Shop):
            async def get(self, id: int, name: str = "") -> str:  # flagged: incompatible with return type
                return ""
    """,
    "it may return nothing": """
        class Wrong(Shop):
            async def get(self, id: int, name: str = "") -> Item | None:  # flagged: incompatible with return type
                return None
    """,
    "its stream must be awaited": """
        class Wrong(Shop):
            async def watch(self) -> AsyncIterator[Item]:  # flagged: Return type "Coroutine[Any, Any, AsyncIterator[
                raise NotImplementedError
    """,
    "it yields something else": """
        class Wrong(Shop):
            async def watch(self) -> AsyncIterator[int]:  # flagged: incompatible with return type
                yield 1
    """,
    "a container provides another class": """
        class Wrong:
            async def get(self, id: int, name: str = "") -> Item:
                return Item(id=1)


        class Box(containers.DeclarativeContainer):
            shop: providers.Provider[Shop] = providers.Singleton(Wrong)  # flagged: has incompatible type "type[Wrong]"
    """,
    "a caller is wrong": """
        async def use(shop: Shop) -> None:
            await shop.get("1")  # flagged: Argument 1 to "get" of "Shop" has incompatible type "str"
            await shop.find(1)  # flagged: "Shop" has no attribute "find"
            shop.get(1)  # flagged: must be used
            (await shop.get(1)).price  # flagged: "Item" has no attribute "price"
            async for item in await shop.watch():  # flagged: Incompatible types in "await"
                del item
    """,
    "a message is misused": """
        item = Item(1)  # flagged: Too many positional arguments for "Item"
        item = Item()  # flagged: Missing named argument "id"
        item = Item(id="1")  # flagged: Argument "id" to "Item" has incompatible type "str"
        item = Item(id=1, price=2)  # flagged: Unexpected keyword argument "price"
        item.name = "new"  # flagged: Property "name" defined in "Item" is read-only
    """,
    "an error is misused": """
        error = Missing(1)  # flagged: Too many positional arguments for "Missing"
        error = Missing()  # flagged: Missing named argument "id"
        error = Missing(id="1")  # flagged: Argument "id" to "Missing" has incompatible type "str"
        error.fresh().price  # flagged: "Missing" has no attribute "price"
    """,
    "a contract is declared wrongly": """
        class Other(Protocol):
            @query()  # flagged: Value of type variable "Q" of function cannot be
            def now(self) -> int: ...

            @stream()  # flagged: Value of type variable "S" of function cannot be
            async def watch(self) -> AsyncIterator[int]: ...

            @query(deadline="1")  # flagged: Argument "deadline" to "query" has incompatible type "str"
            async def late(self) -> int: ...

            @command("atomic")  # flagged: Argument 1 to "command" has incompatible type "str"
            async def put(self) -> int: ...

            @query(raises=(KeyError,))  # flagged: Argument "raises" to "query" has incompatible type
            async def get(self) -> int: ...
    """,
    "not found: a renamed parameter": """
        class Renamed(Shop):
            async def get(self, number: int, name: str = "") -> Item:
                return Item(id=number)
    """,
    "not found: another default": """
        class Another(Shop):
            async def get(self, id: int, name: str = "none") -> Item:
                return Item(id=id)
    """,
    "not found: what a container hands in": """
        class Clerk:
            def __init__(self, shop: Shop) -> None:
                self.shop = shop


        class Box(containers.DeclarativeContainer):
            shop = providers.Dependency(instance_of=Shop)
            clerk = providers.Singleton(Clerk, shop="no shop")
    """,
}


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[tuple[int, str]]]:
    """Run mypy once over all cases and return, by file, the lines with errors and their messages."""
    folder = tmp_path_factory.mktemp("typing")
    for name, text in CASES.items():
        (folder / _file(name)).write_text(_source(text), "utf-8")
    run = subprocess.run(
        [sys.executable, "-m", "mypy", "--config-file", ROOT / "pyproject.toml", "."],
        cwd=folder,
        env={"MYPYPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.stderr == ""
    found: dict[str, list[tuple[int, str]]] = {}
    for file, line, message in re.findall(r"^(\w+\.py):(\d+): error: (.*)$", run.stdout, re.MULTILINE):
        found.setdefault(file, []).append((int(line), message))
    assert run.stdout.rstrip().endswith(f"(checked {len(CASES)} source files)"), run.stdout
    return found


def _file(name: str) -> str:
    return re.sub(r"\W+", "_", name) + ".py"


def _source(text: str) -> str:
    return f"{CONTRACT}\n\n{dedent(text)}"


@pytest.mark.parametrize("name", CASES)
def test_mypy(name: str, report: dict[str, list[tuple[int, str]]]) -> None:
    expected = {
        number: line.partition("# flagged: ")[2]
        for number, line in enumerate(_source(CASES[name]).splitlines(), 1)
        if "# flagged: " in line
    }
    found = report.get(_file(name), [])
    assert {line for line, _ in found} == expected.keys(), found
    for line, words in expected.items():
        assert any(words in message for number, message in found if number == line), found
    assert ("flagged" in CASES[name]) == (not name.startswith(("right", "not found")))
