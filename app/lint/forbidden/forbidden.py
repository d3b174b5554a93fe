"""What may not be mentioned, and where it may be all the same."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import compress

import msgspec

from app.lint.source import Source

EVERYWHERE = frozenset({"app", "contracts", "modules"})
BUSINESS = frozenset({"contracts", "modules"})


class Forbidden(msgspec.Struct, frozen=True, kw_only=True):
    """Qualified names, and all that lies below them; with ``exact``, the names alone.

    ``text`` is the sentence: in it, ``{who}`` is the file's module, or the file, and ``{name}`` what was mentioned.
    ``lawful`` gives the files, or packages of files, that may, each with its reason; ``but`` the names below the
    forbidden ones that anybody may use.
    """

    rule: str
    names: frozenset[str]
    text: str
    packages: frozenset[str] = EVERYWHERE
    exact: bool = False
    but: frozenset[str] = frozenset()
    lawful: Mapping[str, str] = {}

    def concerns(self, source: Source) -> bool:
        """Say whether a file is judged by this at all."""
        return source.package in self.packages and not any(_is_below(source.name, place) for place in self.lawful)


class Table:
    """What is forbidden to a file."""

    def __init__(self, concerning: Iterable[Forbidden]) -> None:
        self._by_name = {name: each for each in concerning for name in each.names}
        self.roots = frozenset(name.partition(".")[0] for name in self._by_name)
        """The top-level packages of all these names."""
        self.builtins = frozenset(name.split(".")[1] for name in self._by_name if name.startswith("builtins."))

    def find(self, name: str, *, imported: bool = False) -> Forbidden | None:
        """Return what forbids a qualified name; that an import alone makes a name known is no mention of it."""
        tail = name
        while tail:
            found = self._by_name.get(tail)
            if found is not None and (not found.exact or (tail == name and not imported)):
                return None if any(_is_below(name, each) for each in found.but) else found
            tail = tail.rpartition(".")[0]
        return None


class Tables:
    """What is forbidden to whom; files that are judged alike share a table."""

    def __init__(self, every: Sequence[Forbidden]) -> None:
        self._every = every
        self._made: dict[tuple[bool, ...], Table] = {}

    def of(self, source: Source) -> Table:
        """Return what is forbidden to a file."""
        concerns = tuple(each.concerns(source) for each in self._every)
        table = self._made.get(concerns)
        if table is None:
            table = self._made[concerns] = Table(compress(self._every, concerns))
        return table


def _is_below(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")
