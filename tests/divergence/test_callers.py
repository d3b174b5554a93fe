"""Who calls: in-process a module is taken at its word, since there is nothing that it could not do anyway."""

from __future__ import annotations

import re

import pytest

from contracts.kit import SYSTEM, Actor, Context, PermissionDenied, Role
from contracts.kit.context import scope
from tests.carriers.carriers import Carrier
from tests.carriers.kitchen import Kitchen

pytestmark = pytest.mark.asyncio(loop_scope="session")

EVE = Actor(id="eve", roles=frozenset({Role.STAFF}))


@pytest.mark.parametrize(
    "context",
    [
        pytest.param(Context(actor=EVE), id="without a proof"),
        pytest.param(Context(actor=EVE, assertion="forged"), id="with a forged one"),
        pytest.param(Context(actor=Actor(id="orders", roles=SYSTEM)), id="the system, for another module"),
    ],
)
async def test_an_actor_that_cannot_be_proved_is_nobody_there(
    local: Kitchen, remote: Kitchen, http: Kitchen, context: Context
) -> None:
    with scope(context=context):
        assert (await local.manage()).actor == context.actor.id
        for far in (remote, http):
            with pytest.raises(PermissionDenied) as caught:
                await far.manage()
            assert caught.value.operation == "acting"


async def test_there_an_actor_is_who_the_proof_says_and_not_who_the_context_says(
    near: Carrier, local: Kitchen, remote: Kitchen
) -> None:
    proof = near.assertion(Role.CUSTOMER, id="ada")
    with scope(context=Context(actor=EVE, assertion=proof)):
        assert (await local.who()).actor == "eve"
        assert (await remote.who()).actor == "ada"
        assert (await remote.who()).roles == {"customer"}


async def test_a_module_that_declares_no_need_is_turned_away_there_as_well(near: Carrier, far: Carrier) -> None:
    # In-process nothing is handed to it in the first place; this one is made by the test.
    await near.proxy(Kitchen, "stranger").nothing()
    with pytest.raises(PermissionDenied):
        await far.proxy(Kitchen, "stranger").nothing()


async def test_a_request_without_an_id_is_given_one_by_http(local: Kitchen, remote: Kitchen, http: Kitchen) -> None:
    assert (await local.who()).request_id == (await remote.who()).request_id == ""
    assert re.fullmatch("[0-9a-f]{16}", (await http.who()).request_id)


async def test_an_id_that_no_header_holds_is_replaced_by_http(local: Kitchen, remote: Kitchen, http: Kitchen) -> None:
    with scope(context=Context(request_id="žádost 1")):
        assert (await local.who()).request_id == (await remote.who()).request_id == "žádost 1"
        assert re.fullmatch("[0-9a-f]{16}", (await http.who()).request_id)
