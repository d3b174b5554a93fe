"""Before anything is opened, all modules together must make sense, or the launch is refused in one sentence."""

from __future__ import annotations

from typing import Any, ClassVar, Protocol

import pytest
from dependency_injector import containers, providers

from app.errors import LaunchRefused
from app.runtime.part import Part, make_part
from app.runtime.plan import make_plan, publisher_of
from contracts.kit import Clock, Database, Event, Module, contract, contract_of, query


class Baked(Event):
    """A loaf is done."""

    code: ClassVar[str] = "bread.baked"
    key: ClassVar[str] = "loaf"
    loaf: str


class Burnt(Event):
    """A loaf is black."""

    code: ClassVar[str] = "bread.burnt"
    key: ClassVar[str] = "loaf"
    loaf: str


@contract(version=1, events=(Baked,))
class Bread(Protocol):
    """A contract."""

    @query()
    async def get(self) -> str: ...


@contract(version=1)
class Flour(Protocol):
    """Another."""

    @query()
    async def get(self) -> str: ...


@contract(version=2, name="flour")
class NewFlour(Protocol):
    """The other's next version."""

    @query()
    async def get(self) -> str: ...


@contract(version=1)
class Yeast(Protocol):
    """A third."""

    @query()
    async def get(self) -> str: ...


def part(name: str, *, provides: tuple[type, ...] = (), needs: tuple[type, ...] = (), **more: Any) -> Part:
    """Make a part whose container declares these needs."""
    dependencies: dict[str, Any] = {
        f"need{number}": providers.Dependency(instance_of=need) for number, need in enumerate(needs)
    }
    container = type(f"{name.title()}Container", (containers.DeclarativeContainer,), dependencies)
    return make_part(Module(name=name, container=container, provides=provides, **more))


def broken(name: str) -> Part:
    """Make the part of a module that could not even be imported."""
    return Part(name, failure=f"module {name} could not be imported: SyntaxError: oh")


def refusal(*parts: Part) -> str:
    with pytest.raises(LaunchRefused) as caught:
        make_plan(parts)
    return str(caught.value)


def test_providers_come_before_those_who_need_them() -> None:
    baker = part("baker", provides=(Bread,), needs=(Flour, Yeast))
    mill = part("mill", provides=(Flour,), needs=(Yeast,))
    lab = part("lab", provides=(Yeast,))
    plan = make_plan([baker, mill, lab])
    assert [each.name for each in plan.order] == ["lab", "mill", "baker"]
    assert dict(plan.providers) == {"bread.v1": baker, "flour.v1": mill, "yeast.v1": lab}


def test_a_container_is_the_declaration_of_needs_and_ports_are_none() -> None:
    assert part("baker", needs=(Flour, Database, Clock, Yeast)).needs == (contract_of(Flour), contract_of(Yeast))


def test_one_module_may_provide_two_versions_of_a_contract() -> None:
    mill = part("mill", provides=(Flour, NewFlour))
    baker = part("baker", needs=(NewFlour,))
    assert dict(make_plan([baker, mill]).providers) == {"flour.v1": mill, "flour.v2": mill}


def test_a_contract_provided_twice_is_refused() -> None:
    assert refusal(part("baker", provides=(Bread,)), part("grocer", provides=(Bread,))) == (
        "Modules baker and grocer both provide bread.v1; keep one of them."
    )


def test_a_need_that_no_module_provides_is_refused() -> None:
    assert refusal(part("mill", provides=(Flour,)), part("baker", needs=(Flour, Yeast))) == (
        "Module baker needs yeast.v1, which no module provides; "
        "add one that does, or list it under optional= in baker's manifest."
    )


def test_another_version_does_not_meet_a_need() -> None:
    assert refusal(part("mill", provides=(Flour,)), part("baker", needs=(NewFlour,))).startswith(
        "Module baker needs flour.v2, which no module provides"
    )


def test_an_optional_need_may_be_absent() -> None:
    plan = make_plan([part("baker", needs=(Yeast,), optional=(Yeast,))])
    assert [each.name for each in plan.order] == ["baker"]
    assert dict(plan.providers) == {}


def test_modules_that_need_each_other_are_refused() -> None:
    assert refusal(
        part("baker", provides=(Bread,), needs=(Flour,)),
        part("mill", provides=(Flour,), needs=(Yeast,)),
        part("lab", provides=(Yeast,), needs=(Bread,)),
    ) in {
        f"Modules need each other in a circle: {circle}; break it with an event."
        for circle in ("baker → mill → lab → baker", "mill → lab → baker → mill", "lab → baker → mill → lab")
    }


def test_a_module_that_needs_itself_is_refused() -> None:
    assert refusal(part("baker", provides=(Bread,), needs=(Bread,))) == (
        "Modules need each other in a circle: baker → baker; break it with an event."
    )


@pytest.mark.parametrize("home", ["contracts.yeast", "contracts.yeast_v1"])
def test_what_a_broken_module_would_provide_is_no_missing_need(monkeypatch: pytest.MonkeyPatch, home: str) -> None:
    monkeypatch.setattr(Yeast, "__module__", home)
    baker, yeast = part("baker", needs=(Yeast,)), broken("yeast")
    plan = make_plan([baker, yeast])
    assert dict(plan.providers) == {"yeast.v1": yeast}
    assert [each.name for each in plan.order] == ["yeast", "baker"]


def test_a_broken_module_of_another_name_does_not_excuse_a_missing_need(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Yeast, "__module__", "contracts.yeast")
    assert refusal(part("baker", needs=(Yeast,)), broken("lab")).startswith("Module baker needs yeast.v1")


def test_a_sound_module_of_that_name_that_does_not_provide_it_is_no_excuse(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Yeast, "__module__", "contracts.yeast")
    assert refusal(part("baker", needs=(Yeast,)), part("yeast")).startswith("Module baker needs yeast.v1")


def test_a_container_that_cannot_be_made_breaks_its_module_only(caplog: pytest.LogCaptureFixture) -> None:
    def container() -> object:
        raise KeyError("oven")

    oven = make_part(Module(name="oven", container=container, provides=(Bread,)))
    assert oven.failure == "module oven could not be built: KeyError: 'oven'"
    assert oven.failure in caplog.text
    plan = make_plan([part("baker", needs=(Bread,)), oven])
    assert plan.providers["bread.v1"] is oven


def test_an_event_belongs_to_the_module_whose_contract_declares_it() -> None:
    baker = part("baker", provides=(Bread,))
    parts = [part("mill", provides=(Flour,)), baker]
    assert publisher_of(Baked, parts) is baker
    assert publisher_of(Burnt, parts) is None
