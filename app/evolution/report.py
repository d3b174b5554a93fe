"""What became of contracts since a lock: every change, what it means for all that changed, and how to mend it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from app.evolution.changes import changes
from app.evolution.shape import ContractShape
from app.evolution.verdict import Change, Part, Verdict, overall


class Evolution(msgspec.Struct, frozen=True):
    """One contract's changes, and the verdict on all of them brought out together."""

    contract: str
    changes: tuple[Change, ...]
    verdict: Verdict

    @property
    def is_breaking(self) -> bool:
        """Whether no order of upgrades serves."""
        return self.verdict is Verdict.BREAKING

    def breaks(self, file: str) -> Iterator[tuple[Change, str]]:
        """Yield the changes that no order of upgrades serves, each with a sentence; ``file`` declares the contract."""
        if not self.is_breaking:
            return
        alone = [each for each in self.changes if each.verdict is Verdict.BREAKING]
        for each in alone:
            yield each, f"{said(each)}: {each.why}; {_mend(self.contract, file)}"
        if alone:
            return
        first = {each.verdict: each for each in reversed(self.changes)}
        provider, callers = first[Verdict.PROVIDER_FIRST], first[Verdict.CALLERS_FIRST]
        both = (
            f"{said(provider)} needs the provider upgraded first, and {said(callers)} the callers, so no order serves "
            f"both; bring out one of them before you make the other, or {_mend(self.contract, file)}"
        )
        yield provider, both


def said(change: Change) -> str:
    """Return a change in a few words: ``catalog.v1 get_product: result name: text → bytes``."""
    return f"{change.contract} {place_of(change)}: {change.what}"


def place_of(change: Change) -> str:
    """Return a change's place, with the message's field and the number of other places where it travels."""
    owner = f" ({change.owner})" if change.owner else ""
    more = f" and {change.more} more place{'s' * (change.more > 1)}" if change.more else ""
    return change.place + owner + more


def evolutions(old: Mapping[str, ContractShape], new: Mapping[str, ContractShape]) -> list[Evolution]:
    """Return what became of each contract that changed, came or went."""
    found = []
    for key in sorted({*old, *new}):
        if key not in old:
            why = "callers that need it find no provider before; a version beside it is no change of the other"
            some = [Change(key, Part.CALL, "contract", "", "added", Verdict.PROVIDER_FIRST, why)]
        elif key not in new:
            why = "old callers still call it"
            some = [Change(key, Part.CALL, "contract", "", "removed", Verdict.CALLERS_FIRST, why)]
        else:
            some = changes(old[key], new[key])
        if some:
            found.append(Evolution(key, tuple(some), overall(each.verdict for each in some)))
    return found


def _mend(contract: str, file: str) -> str:
    name, _, version = contract.rpartition(".v")
    frozen = f"{file.removesuffix('.py')}_v{version}.py"
    return (
        f"keep what was: freeze {file} of the last release as {frozen}, make the change in version {int(version) + 1} "
        f"and let the module provide both, as long as somebody calls {name}.v{version}."
    )
