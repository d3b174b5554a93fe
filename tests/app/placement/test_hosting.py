"""A host itself can be called over a connection of its own, of which nothing stays."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

from app.placement.attendance import Attendance
from app.placement.hosting import AS_HOST, HOSTING, hosting_at, hosting_codec
from app.runtime.binding import Binding
from app.runtime.exports import Exports
from app.runtime.identity import Identities, public_part
from app.runtime.ports import SystemClock
from app.runtime.sweep import Sweep
from app.runtime.target import Target
from app.wire.address import Address, unix
from app.wire.claims import Claims
from app.wire.credentials import issue
from app.wire.handshake import Doorkeeper, Passport
from app.wire.hello import HOST
from app.wire.server import WireServer
from contracts.kit import PermissionDenied, Unavailable, current_context
from tests.app.placement.test_attendance import View
from tests.app.runtime.builders import House, until

SUPERVISOR = bytes(range(32))


class Listening(NamedTuple):
    """Where a host can be called, and the sweep of who calls."""

    address: Address
    sweep: Sweep


@asynccontextmanager
async def listening(folder: Path) -> AsyncIterator[Listening]:
    """Let a host be called until the block ends."""
    async with House() as house:
        codec = hosting_codec()
        binding = Binding(codec.contract, codec.name, house.sweep, reason="it is away")
        binding.bind(Target(Attendance(View()), 10))
        exports = Exports({HOSTING: codec}, {})
        exports.serve(HOSTING, binding)
        claims = Claims(Identities(public_part(SUPERVISOR), SystemClock()), {})
        server = WireServer(exports, claims, Doorkeeper("shelf", (), {}, public_part(SUPERVISOR)))
        try:
            yield Listening(await server.listen(unix(folder / "shelf.sock")), house.sweep)
        finally:
            await server.stop(1.0)


def passport(*names: str) -> Passport:
    """Return what a host shows that may call in these names."""
    return Passport("main", names, {}, issue(SUPERVISOR, "main", names))


async def test_a_host_is_called_in_the_systems_name_and_forgotten_afterwards(tmp_path: Path) -> None:
    async with listening(tmp_path) as (address, sweep):
        await until(lambda: len(sweep.targets) == 1)
        watched = set(sweep.targets)
        for _ in range(3):
            async with hosting_at(address, passport(HOST), sweep) as hosting:
                assert await hosting.describe() == View().state()
                assert current_context() == AS_HOST
        await until(lambda: sweep.targets == watched)


async def test_a_hosts_contract_answers_no_more_when_the_connection_has_ended(tmp_path: Path) -> None:
    async with listening(tmp_path) as (address, sweep):
        async with hosting_at(address, passport(HOST), sweep) as hosting:
            pass
        with pytest.raises(PermissionDenied):  # outside of the block the system does not act
            await hosting.describe()
        async with hosting_at(address, passport(HOST), sweep):
            with pytest.raises(Unavailable):
                await hosting.describe()


async def test_whoever_may_not_call_as_the_host_is_refused(tmp_path: Path) -> None:
    async with (
        listening(tmp_path) as (address, sweep),
        hosting_at(address, passport("cart"), sweep) as hosting,
    ):
        with pytest.raises(PermissionDenied):
            await hosting.describe()
