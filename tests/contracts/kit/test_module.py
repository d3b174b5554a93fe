"""A manifest that cannot be meant is refused where it stands."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, ClassVar

import pytest

from contracts.kit import ANYONE, CUSTOMER, OPERATOR, STAFF, SYSTEM, ContractError, Event, Message, Module, Role
from contracts.kit.outbox import Outbox


class Moved(Event):
    """Something moved."""

    code: ClassVar[str] = "shop.moved"
    key: ClassVar[str] = "what"
    what: str


class MovedV1(Event):
    """The same, as it was."""

    code: ClassVar[str] = "shop.moved"
    key: ClassVar[str] = "what"
    what: str
    where: str


class Plain(Message):
    """No contract and no event."""


async def on_moved(event: Moved, work: Any) -> None:
    """Handle nothing."""


def test_accepted() -> None:
    module = Module(
        name="shop_2",
        container=object,
        provides=(Outbox,),
        optional=(Outbox,),
        listens={Moved: on_moved},
        path="/x",
        fake=object,
    )
    assert module.provides == (Outbox,)
    with pytest.raises(AttributeError):
        module.name = "other"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("manifest", "sentence"),
    [
        ({"name": "Shop"}, "A module's name is in snake case, not 'Shop'."),
        ({"name": "2shop"}, "A module's name is in snake case, not '2shop'."),
        ({"name": "shop\n"}, "A module's name is in snake case, not 'shop\\n'."),
        ({"provides": (Plain,)}, "Module shop: Plain is not a contract; decorate it with @contract."),
        ({"optional": (Plain,)}, "Module shop: Plain is not a contract; decorate it with @contract."),
        ({"listens": {Plain: on_moved}}, f"Module shop listens to {Plain!r}, which is no Event."),
        (
            {"listens": {Moved: on_moved, MovedV1: on_moved}},
            "Module shop listens to shop.moved in 2 versions; it comes once: keep one of them.",
        ),
        ({"fake": object}, "Module shop provides nothing that a fake could stand in for; leave it out."),
        ({"web": object, "path": "shop"}, "Module shop: its path 'shop' does not begin with a slash."),
    ],
)
def test_refused(manifest: dict[str, Any], sentence: str) -> None:
    whole: dict[str, Any] = {"name": "shop", "container": object, **manifest}
    with pytest.raises(ContractError) as caught:
        Module(**whole)
    assert str(caught.value) == sentence


def test_who_may_call_admits_those_above() -> None:
    ladder = [SYSTEM, OPERATOR, STAFF, CUSTOMER, ANYONE]
    assert [len(roles) for roles in ladder] == [1, 2, 3, 4, 5]
    assert all(lower > upper for upper, lower in pairwise(ladder))
    assert frozenset(Role) == ANYONE
