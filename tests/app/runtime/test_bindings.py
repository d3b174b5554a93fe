"""What stands behind a contract is checked by name and signature, and where nothing does, that is said."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Protocol, final, runtime_checkable

import pytest

from app.runtime.binding import check_provider
from contracts.kit import (
    Conflict,
    ContractError,
    Internal,
    InvalidArgument,
    PermissionDenied,
    Unavailable,
    contract,
    contract_of,
    idempotency_key,
    query,
)
from contracts.kit.context import Frame, current_frame
from tests.app.runtime.builders import Doing, Errand, House, failing


@contract(version=1)
@runtime_checkable
class Greeter(Protocol):
    """Greets."""

    @query()
    async def greet(self, name: str, *, loud: bool = False) -> str: ...


@final
class Good(Greeter):
    """Is right."""

    async def greet(self, name: str, *, loud: bool = False) -> str:
        return name.upper() if loud else name


class Renamed(Greeter):
    """Calls a parameter otherwise, which mypy lets pass."""

    async def greet(self, nom: str, *, loud: bool = False) -> str:
        return nom


class OtherDefault(Greeter):
    """Has another default."""

    async def greet(self, name: str, *, loud: bool = True) -> str:
        return name


class Laxer(Greeter):
    """Takes by position what the contract gives by keyword."""

    async def greet(self, name: str, loud: bool = False) -> str:
        return name


class More(Greeter):
    """Takes more than the contract gives."""

    async def greet(self, name: str, *, loud: bool = False, twice: bool = False) -> str:
        return name


class Alike:
    """Has the contract's shape, but does not say that it provides it."""

    async def greet(self, name: str, *, loud: bool = False) -> str:
        return name


async def test_a_provider_that_inherits_its_contract_and_takes_its_parameters_is_bound(house: House) -> None:
    assert await house.bind(Greeter, Good()).proxy.greet("ada", loud=True) == "ADA"


@pytest.mark.parametrize("wrong", [Renamed, OtherDefault, Laxer, More])
def test_a_provider_whose_parameters_differ_is_refused_with_what_it_should_say(wrong: type[Any]) -> None:
    with pytest.raises(ContractError) as caught:
        check_provider(contract_of(Greeter), wrong())
    assert str(caught.value) == (
        f"{wrong.__name__}.greet does not take its contract's parameters; say (self, name, *, loud=False)."
    )


def test_a_provider_of_the_right_shape_alone_is_refused() -> None:
    assert isinstance(Alike(), Greeter)
    with pytest.raises(ContractError, match=r"^Alike does not provide Greeter; let it inherit the contract\.$"):
        check_provider(contract_of(Greeter), Alike())


async def test_a_refused_provider_leaves_the_one_before_in_place(house: House) -> None:
    bound = house.bind(Greeter, Good())
    before = bound.binding.target
    with pytest.raises(ContractError):
        house.rebind(bound, Renamed())
    assert bound.binding.target is before
    assert not before.retired
    assert await bound.proxy.greet("ada") == "ada"


ABSENT: dict[str, Callable[[Errand], Awaitable[Any]]] = {
    "run": lambda errand: errand.run(),
    "change": lambda errand: errand.change(),
    "once": lambda errand: errand.once("more", often=2),
    "flow": lambda errand: anext(errand.flow()),
}


@pytest.mark.parametrize(("operation", "call"), ABSENT.items(), ids=ABSENT)
async def test_what_is_absent_says_so_with_the_reason(
    house: House, operation: str, call: Callable[[Errand], Awaitable[Any]]
) -> None:
    bound = house.absent(Errand, "errand")
    assert bound.binding.is_absent
    gone = Unavailable(operation=f"errand.{operation}", reason="it is away", may_have_executed=False)
    with idempotency_key("key"), pytest.raises(Unavailable) as caught:
        await call(bound.proxy)
    assert caught.value == gone
    assert bound.route(operation).errors == {"call.unavailable": 1}


async def test_a_proxy_that_was_made_before_its_provider_finds_it_and_loses_it_again(house: House) -> None:
    bound = house.absent(Errand, "errand")
    house.rebind(bound, Doing())
    assert await bound.proxy.run() == "done"
    assert await anext(bound.proxy.flow()) == 0
    bound.binding.unbind("it broke")
    assert bound.binding.is_absent
    with pytest.raises(Unavailable, match="it broke"):
        await bound.proxy.run()


async def test_who_may_not_call_does_not_learn_what_is_absent(house: House) -> None:
    with pytest.raises(PermissionDenied):
        await house.absent(Errand, "errand").proxy.manage()


class Repeats:
    """Notes what it is given, in place of what runs repeatable commands."""

    def __init__(self) -> None:
        self.arrived: list[tuple[str, tuple[object, ...]]] = []

    async def __call__(self, frame: Frame, key: str, target: Callable[..., Awaitable[Any]], values: Any) -> Any:
        assert frame is current_frame()
        self.arrived.append((key, values))
        return await target(values[0], often=values[1])


async def test_a_repeatable_command_called_under_a_key_runs_under_that_key(house: House) -> None:
    repeats = Repeats()
    errand = house.errand(once={"once": repeats}).proxy
    assert await errand.once("x") == "done x"
    with idempotency_key("key-1"):
        assert await errand.once("y", often=2) == "done yy"
        assert await errand.run() == "done"
        with idempotency_key("key-2"):
            await errand.once("z")
    assert repeats.arrived == [("key-1", ("y", 2)), ("key-2", ("z", 1))]


async def test_a_key_is_for_the_commands_called_directly_and_not_for_those_they_call(house: House) -> None:
    inner, outer = Repeats(), Repeats()
    below = house.errand(once={"once": inner}, name="inner").proxy
    above = house.errand(lambda: below.once("deep"), once={"once": outer}, name="outer").proxy
    with idempotency_key("key-1"):
        await above.once("high")
    assert [key for key, _ in outer.arrived] == ["key-1"]
    assert inner.arrived == []


async def test_a_conflict_about_the_callers_own_key_reaches_the_caller_and_another_does_not(house: House) -> None:
    async def used(*_: object) -> str:
        raise Conflict(operation="errand.once")

    errand = house.errand(once={"once": used}).proxy
    with idempotency_key("key"), pytest.raises(Conflict):
        await errand.once("x")
    above = house.errand(failing(Conflict(operation="errand.once")), name="above").proxy
    with pytest.raises(Internal):
        await above.change()


async def test_arguments_found_bad_under_a_key_are_the_callers_and_those_of_another_call_are_not(house: House) -> None:
    async def odd(*_: object) -> str:
        raise InvalidArgument(where="errand.once", problem="odd")

    errand = house.errand(once={"once": odd}).proxy
    with idempotency_key("key"), pytest.raises(InvalidArgument):
        await errand.once("x")
    above = house.errand(failing(InvalidArgument(where="errand.once", problem="odd")), name="above").proxy
    with pytest.raises(Internal):
        await above.change()
