"""State that a module keeps outside its database."""

from __future__ import annotations

from tests.architecture.violations import Violation

_MODULE = {"modules/planted_state/__init__.py": ""}


def _line(name: str, source: str, says: str, number: int = 1) -> Violation:
    """Plant a file of a module, of which one line is at fault."""
    file = f"modules/planted_state/{name}.py"
    return Violation("mutable-state", {**_MODULE, file: source}, f"{file}:{number}", says)


VIOLATIONS = (
    _line("dict", "PRICES = {'mug': 1}", "keeps a dict, PRICES, at the top of a file"),
    _line("final", "from typing import Final\n\nSEEN: Final[set[str]] = set()", "keeps a set, SEEN", 3),
    _line("inner", "NAMES = (['mug'],)", "keeps a list, NAMES"),
    _line("lock", "import asyncio\n\nLOCK = asyncio.Lock()", "keeps a Lock, LOCK", 3),
    _line("variable", "from contextvars import ContextVar as V\n\nWHO = V('who')", "keeps a ContextVar, WHO", 3),
    _line(
        "field", "class Stock:\n    shelves: dict[str, int] = {}", "Stock.shelves a dict that all its objects share", 2
    ),
    _line("of_class", "class Stock:\n    shelves = []", "keeps a list, shelves, at class Stock", 2),
    _line(
        "object",
        "class Stock:\n    def __init__(self) -> None:\n        self.size = 0\n\n\nSTOCK = Stock()",
        "keeps an object of Stock, STOCK",
        6,
    ),
    _line(
        "counter",
        "_count = 0\n\n\ndef count() -> None:\n    global _count\n    _count = 1",
        "changes _count at the top of a file",
        5,
    ),
    _line(
        "write",
        "from collections.abc import Mapping\n\nKNOWN: Mapping[str, int] = {}\n\n\n"
        "def learn() -> None:\n    KNOWN['mug'] = 1  # type: ignore",
        "changes KNOWN['mug'], which stands at the top of a file",
        7,
    ),
    _line(
        "shared",
        "class Stock:\n    size = 0\n\n    def grow(self) -> None:\n        type(self).size += 1",
        "which all objects of the class share",
        5,
    ),
    _line("default", "def find(seen: list[str] = []) -> None:\n    seen.append('mug')", "gives find() for seen a list"),
    _line(
        "cache",
        "from functools import lru_cache\n\n\n@lru_cache\ndef client() -> object:\n    return object()",
        "caches client(), so that everybody shares what it makes",
        4,
    ),
    _line("method", "SEEN = [].append", "keeps a list, SEEN"),
    _line("walrus", "print(SEEN := {'mug'})", "keeps a set, SEEN"),
    _line("hung", "def find() -> None: ...\n\n\nfind.seen = {}  # type: ignore", "hangs a dict on find.seen", 4),
    _line("short", "find = lambda name, seen={}: seen.get(name)", "gives lambda() for seen a dict"),
    _line(
        "factory",
        "from collections.abc import Iterator\n\n\ndef count() -> Iterator[int]:\n    yield 1\n\n\nIDS = count()",
        "keeps what can change, IDS, by count()",
        8,
    ),
    _line(
        "closure",
        "def once() -> object:\n    seen = {}\n    return lambda name: seen.setdefault(name, 1)\n\n\nfind = once()",
        "has once() make a function at the top of a file, which keeps seen",
        6,
    ),
    Violation(
        "mutable-state",
        {"contracts/planted_state.py": "from collections import Counter\n\nSEEN: Counter[str] = Counter()"},
        "contracts/planted_state.py:3",
        "contracts.planted_state keeps a Counter, SEEN",
    ),
)
