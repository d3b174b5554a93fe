"""What a contract tells those who bind, call and document it."""

from __future__ import annotations

import pytest

from contracts.kit import STAFF, Error, contract_of, process
from tests.contracts.kit.define import define, operation


class Missing(Error):
    """It is not there."""

    code = "shop.missing"


SHOP = """
@contract(version=2, name="store")
class Shop(Protocol):
    @query(deadline=1, allow=STAFF, raises=(Missing,))
    async def get(self, id: int, *, name: str = "", share: float = 1) -> None:
        '''Get it.'''

    @command(process, deadline=3600)
    async def put(self) -> int | None: ...

    @stream(deadline=0.001)
    def watch(self) -> AsyncIterator[tuple[int, ...]]: ...
"""


@pytest.mark.parametrize("future", [True, False])
def test_its_operations(future: bool) -> None:
    declared = define(SHOP, {"Missing": Missing}, future=future)
    found = contract_of(declared)
    assert (str(found), found.version, found.protocol, found.events) == ("store.v2", 2, declared, ())
    get, put, watch = found.operations.values()
    assert (get.name, get.doc, get.returns) == ("get", "Get it.", type(None))
    assert (get.semantics.kind, get.semantics.deadline, get.semantics.allow) == ("query", 1, STAFF)
    assert (get.semantics.raises, get.semantics.repeat) == ((Missing,), None)
    assert [(each.name, each.type, each.keyword_only, each.has_default) for each in get.parameters] == [
        ("id", int, False, False),
        ("name", str, True, True),
        ("share", float, True, True),
    ]
    assert (put.semantics.kind, put.semantics.repeat, put.returns, put.doc) == ("command", process, int | None, "")
    assert (watch.semantics.kind, watch.returns) == ("stream", tuple[int, ...])


def test_its_operations_cannot_be_changed() -> None:
    found = contract_of(define(SHOP, {"Missing": Missing}))
    with pytest.raises(TypeError):
        found.operations["more"] = found.operations["get"]  # type: ignore[index]
    with pytest.raises(AttributeError):
        found.version = 3  # type: ignore[misc]


def test_an_implementation_must_be_whole_and_can_be_recognised() -> None:
    declared = operation(int)
    whole = type("Whole", (declared,), {"get": lambda self, it: it})
    assert isinstance(whole(), declared)
    assert not isinstance(object(), declared)
    with pytest.raises(TypeError, match="abstract"):
        type("Partial", (declared,), {})()


@pytest.mark.parametrize(
    ("name", "registered"),
    [("Shop", "shop.v1"), ("ShopWindow", "shop_window.v1"), ("ShopV1", "shop.v1"), ("ShopWindowV12", "shop_window.v1")],
)
def test_its_name_comes_from_the_class(name: str, registered: str) -> None:
    source = f"""
    @contract(version=1)
    class {name}(Protocol):
        @query()
        async def get(self) -> int: ...
    Shop = {name}
    """
    assert str(contract_of(define(source))) == registered
