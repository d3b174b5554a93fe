"""Another host as this one sees it: its replicas, and which of them takes the next call."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Collection, Iterable
from contextlib import suppress

from app.placement.endpoint import Endpoint, listed
from app.wire.address import Address

GLANCE = 0.02
"""Seconds between two looks for replicas that have just come, however many calls wait."""


class Neighbour:
    """A host by its name, with an endpoint for each replica that was found.

    ``find`` tells which addresses there are at this moment.
    """

    def __init__(
        self,
        name: str,
        find: Callable[[], Iterable[Address]],
        make: Callable[[Address], Endpoint],
    ) -> None:
        self.name = name
        self.endpoints: dict[Address, Endpoint] = {}
        self._met = 0.0
        self._find = find
        self._make = make

    def look(self) -> list[Endpoint]:
        """Look for replicas that have come, and return those that have gone, to be stopped."""
        found = self._meet()
        gone = [address for address, each in self.endpoints.items() if address not in found and each.is_over]
        return [self.endpoints.pop(address) for address in gone]

    def pick(self, module: str, path: str, events: Iterable[str] = ()) -> Endpoint | None:
        """Return the less busy of two replicas taken at random, None where none is connected.

        One on which the module does not serve, or the operation does not fit, or one of the events that it is to
        deliver, is taken where there is no other.
        """
        live = [each for each in self.endpoints.values() if each.is_live]
        if len(live) == 1:
            return live[0]
        able = [
            each for each in live if module not in each.failures and not (each.differing and each.refusal(path, events))
        ] or live
        good = [each for each in able if not each.suspicious] or able
        if len(good) > 1:
            one, other = random.sample(good, 2)
            return one if _load(one) <= _load(other) else other
        return good[0] if good else None

    def nudge(self) -> None:
        """Have every replica that is not connected tried now, one that has just come included."""
        if time.monotonic() - self._met > GLANCE:
            with suppress(Exception):  # the directory's own look fails as well, and tells why
                self._meet()
        for endpoint in self.endpoints.values():
            endpoint.nudge()

    def _meet(self) -> set[Address]:
        """Return which addresses there are, each with its endpoint from now on."""
        self._met = time.monotonic()
        found = set(self._find())
        for address in found - self.endpoints.keys():
            endpoint = self.endpoints[address] = self._make(address)
            endpoint.start()
        return found

    @property
    def trouble(self) -> str | None:
        """Why no call can be sent there now, None where one can."""
        if any(each.is_live for each in self.endpoints.values()):
            return None
        reasons = {each.trouble for each in self.endpoints.values() if each.trouble}
        return f"host {self.name} cannot be reached: {'; '.join(sorted(reasons)) or 'it is not running'}"

    def misfits(self, keys: Collection[str]) -> dict[str, str]:
        """Return what of some contracts fits on no replica that is connected, by its path, each with the reason."""
        live = [each.differing for each in self.endpoints.values() if each.is_live]
        return {
            path: why
            for path, why in (live[0].items() if live else ())
            if path.partition("/")[0] in keys and all(path in each for each in live)
        }

    def misfit_of(self, keys: Collection[str]) -> str | None:
        """Why some contracts cannot be called as a whole although their host is there, None where they can."""
        found = self.misfits(keys)
        return f"on host {self.name}, not all operations fit: {listed(found)}" if found else None

    def failure_of(self, module: str) -> str | None:
        """Why a module does not serve although its host is there, None where it does on some replica."""
        failures = [each.failures.get(module) for each in self.endpoints.values() if each.is_live]
        return f"on host {self.name}, {failures[0]}" if failures and all(failures) else None


def _load(endpoint: Endpoint) -> int:
    return 0 if endpoint.link is None else endpoint.link.pending
