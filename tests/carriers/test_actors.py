"""Who asks, and under which request, is known wherever a call goes, and only as far as it is proved."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractContextManager, nullcontext

import pytest

from contracts.kit import Context, PermissionDenied, Role
from contracts.kit.context import scope
from tests.carriers.carriers import Carrier
from tests.carriers.house import CALLER
from tests.carriers.kitchen import Kitchen
from tests.carriers.values import Seen

pytestmark = pytest.mark.asyncio(loop_scope="session")

As = Callable[[Carrier], AbstractContextManager[object]]
ACTORS: Mapping[str, As] = {
    "guest": lambda _: nullcontext(),
    "customer": lambda carrier: carrier.acting(Role.CUSTOMER),
    "staff": lambda carrier: carrier.acting(Role.STAFF),
    "operator": lambda carrier: carrier.acting(Role.OPERATOR, Role.CUSTOMER),
    "system": lambda carrier: carrier.as_system(),
}
MAY: Mapping[str, tuple[Callable[[Kitchen], Awaitable[Seen]], set[str]]] = {
    "order": (lambda kitchen: kitchen.order(), {"customer", "staff", "operator", "system"}),
    "manage": (lambda kitchen: kitchen.manage(), {"staff", "operator", "system"}),
    "maintain": (lambda kitchen: kitchen.maintain(), {"system"}),
}
"""Operations, and who may call them."""


@pytest.mark.parametrize("actor", ACTORS)
@pytest.mark.parametrize("operation", MAY)
async def test_only_the_roles_that_a_contract_allows_may_call(
    carrier: Carrier, kitchen: Kitchen, actor: str, operation: str
) -> None:
    call, allowed = MAY[operation]
    with ACTORS[actor](carrier):
        if actor in allowed:
            assert actor in (await call(kitchen)).roles
        else:
            with pytest.raises(PermissionDenied) as caught:
                await call(kitchen)
            assert caught.value == PermissionDenied(operation=f"kitchen_sink.{operation}")


async def test_a_guest_is_nobody(kitchen: Kitchen) -> None:
    with scope(context=Context(request_id="request-1")):
        seen = await kitchen.who()
    assert seen == Seen(actor="", roles=frozenset({"guest"}), request_id="request-1", assertion=None)


async def test_an_actor_is_known_with_the_proof_here_and_beyond(carrier: Carrier, kitchen: Kitchen) -> None:
    roles = frozenset({"customer", "staff"})
    with scope(context=Context(request_id="request-1")), carrier.acting(Role.CUSTOMER, Role.STAFF, id="adaž"):
        seen, beyond = await kitchen.who(), await kitchen.who_beyond()
    assert seen == Seen(actor="adaž", roles=roles, request_id="request-1", assertion=seen.assertion)
    assert seen.assertion is not None
    assert beyond == seen


async def test_background_work_is_the_system_for_its_own_module_here_and_beyond(
    carrier: Carrier, kitchen: Kitchen
) -> None:
    with scope(context=Context(request_id="request-1")), carrier.as_system():
        seen, beyond = await kitchen.who(), await kitchen.who_beyond()
    assert seen == Seen(actor=CALLER, roles=frozenset({"system"}), request_id="request-1", assertion=None)
    assert beyond == seen


async def test_the_actors_of_calls_at_the_same_time_are_not_mixed_up(carrier: Carrier, kitchen: Kitchen) -> None:
    async def ask(number: int) -> str:
        with scope(context=Context(request_id=f"request-{number}")), carrier.acting(Role.STAFF, id=f"{number}"):
            await asyncio.sleep(0)
            seen = await kitchen.who_beyond()
            return f"{seen.request_id} {seen.actor}"

    assert await asyncio.gather(*map(ask, range(20))) == [f"request-{number} {number}" for number in range(20)]
    assert (await kitchen.who()).actor == ""


async def test_a_stream_is_read_by_whoever_began_it(carrier: Carrier, kitchen: Kitchen) -> None:
    stream = kitchen.seen(40)
    with carrier.acting(Role.STAFF):
        assert (await anext(stream)).actor == "ada"
    assert {each.actor async for each in stream} == {"ada"}


async def test_a_stream_that_is_not_for_everyone(carrier: Carrier, kitchen: Kitchen) -> None:
    stream = kitchen.secrets()
    with pytest.raises(PermissionDenied) as caught:
        await anext(stream)
    assert caught.value == PermissionDenied(operation="kitchen_sink.secrets")
    with pytest.raises(StopAsyncIteration):
        await anext(stream)
    with carrier.acting(Role.STAFF):
        assert [item async for item in kitchen.secrets()] == [42]
