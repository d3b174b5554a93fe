"""What a module is handed of another is used through the contract's operations, and in no other way.

As far as annotations say what is handed: that they are there, and true, is mypy's to see.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches

from app.lint.annotations import CALL, Typed
from app.lint.contract_reader import ContractFacts, ContractReader
from app.lint.operation_reader import OperationFacts, OperationReader, Use
from app.lint.problem import Problem
from app.lint.world import World

READERS = (OperationReader, ContractReader)
RULE = "operations-only"
_DEEP = 20


def judge(world: World) -> Iterator[Problem]:
    """Follow every object that a module uses to the contract behind it, if there is one."""
    said = world.facts(OperationReader, OperationFacts)
    known = _Known(said.values(), _contracts(world))
    for name, facts in said.items():
        source = world.sources[name]
        for use in facts.uses:
            kind, rest = known.reach(use.what)
            if kind in known.contracts and kind is not None:
                text = _judged(source.module or "", use, kind, rest, known)
                if text is not None:
                    yield Problem(source.file, use.line, RULE, text)


def _contracts(world: World) -> dict[str, tuple[str, ...]]:
    """Return every contract's operations, by its qualified name."""
    return {
        f"{name}.{contract}": operations
        for name, facts in world.facts(ContractReader, ContractFacts).items()
        for contract, operations in facts.contracts.items()
    }


def _judged(module: str, use: Use, contract: str, rest: tuple[str, ...], known: _Known) -> str | None:
    name = contract.rpartition(".")[2]
    if use.function in known.handlers:
        verb = "takes" if use.kind == "takes" else "reaches for"
        return (
            f"{module} {verb} {name} in a handler of events, which calls nobody; write a row, and work on from there."
        )
    operations = known.contracts[contract]
    if use.kind == "looks" and not rest:
        return f"{module} looks into {name} by {use.by}; use its operations only: {_listed(operations)}."
    if use.kind == "sets" and len(rest) == 1:
        return (
            f"{module} sets {rest[0]} of {name}, which it was only handed; use its operations: {_listed(operations)}."
        )
    if rest and rest[0] not in (*operations, CALL):
        close = get_close_matches(rest[0], operations, 1)
        mend = f"say {close[0]}" if close else f"use one: {_listed(operations)}"
        return f"{module} uses {rest[0]} of {name}, which is no operation; {mend}."
    return None


def _listed(operations: tuple[str, ...]) -> str:
    return ", ".join(sorted(operations))


class _Known:
    """The contracts with their operations, the classes with the types of their attributes, the handlers of events."""

    def __init__(self, said: Iterable[OperationFacts], contracts: Mapping[str, tuple[str, ...]]) -> None:
        self.contracts = contracts
        self.handlers: set[str] = set()
        self._attributes: dict[str, Mapping[str, Typed]] = {}
        self._bases: dict[str, tuple[str, ...]] = {}
        for facts in said:
            self.handlers.update(facts.handlers)
            self._attributes.update(facts.attributes)
            self._bases.update(facts.bases)

    def reach(self, typed: Typed, deep: int = _DEEP) -> tuple[str | None, tuple[str, ...]]:
        """Return the type at the end of an object's way, or the first contract on it and what follows there."""
        kind: str | None = typed.root
        for place, step in enumerate(typed.chain):
            if kind is None or kind in self.contracts:
                return kind, typed.chain[place:]
            if step == CALL:
                kind = kind.removeprefix(CALL) if kind.startswith(CALL) else None
            else:
                kept = self._attribute(kind, step, deep) if deep else None
                # What is kept from behind a contract is an operation, and judged where it was taken.
                kind, behind = (None, ()) if kept is None else self.reach(kept, deep - 1)
                kind = None if behind else kind
        return kind, ()

    def _attribute(self, kind: str, name: str, deep: int) -> Typed | None:
        found = self._attributes.get(kind, {}).get(name)
        if found is None and deep:
            inherited = (self._attribute(base, name, deep - 1) for base in self._bases.get(kind, ()))
            found = next((each for each in inherited if each is not None), None)
        return found
