"""Which of a host's modules and contracts are here, elsewhere, stood in for or absent, and why."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import NamedTuple

from app.runtime.binding import Binding
from app.runtime.part import Part
from app.runtime.reach import Reach


class Whereabouts(NamedTuple):
    """What a host knows of that: its ``parts``, those that it ``runs`` and ``fakes``, and the ``owners`` of keys.

    ``failure`` says of a part that runs here why it does not serve, None where it does.
    """

    parts: Sequence[Part]
    runs: Collection[str]
    fakes: Collection[str]
    owners: Mapping[str, Part]
    needs: Mapping[str, Collection[str]]
    bindings: Mapping[str, Binding]
    reach: Reach | None
    failure: Callable[[Part], str | None]

    def status(self) -> dict[str, str | None]:
        """As `Host.status`."""
        elsewhere = self.reach
        return {
            part.name: elsewhere.trouble(part.name) or elsewhere.failure(part.name)
            if elsewhere is not None and self._is_elsewhere(part)
            else self.failure(part)
            for part in self.parts
        }

    def lacking(self) -> list[str]:
        """As `Host.lacking`."""
        needed = {key for name in self.runs for key in self.needs[name]}
        owners = {self.owners[key].name: self.owners[key] for key in needed if key in self.owners}
        reach = self.reach
        if reach is None:
            return []
        troubles = (reach.trouble(name) for name, part in owners.items() if self._is_elsewhere(part))
        return [each for each in troubles if each]

    def behind(self, key: str) -> tuple[str, str]:
        """As `Host.behind`."""
        owner, binding = self.owners.get(key), self.bindings[key]
        if binding.is_absent:
            return "absent", binding.reason
        if owner is not None and owner.name in self.fakes:
            return "fake", ""
        if owner is None or owner.name in self.runs or self.reach is None:
            return "local", ""
        return "remote", self.reach.host_of(owner.name)

    def _is_elsewhere(self, part: Part) -> bool:
        return part.name not in self.runs and part.name not in self.fakes
