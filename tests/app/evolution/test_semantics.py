"""What was stored under keys binds the versions that come after."""

from __future__ import annotations

from typing import Protocol

import pytest

from app.evolution.changes import changes
from app.evolution.shape import ContractShape, shape_of
from app.evolution.verdict import Verdict
from contracts.kit import Error, atomic, command, contract, contract_of, process
from contracts.kit.operation import Repeat


class Gone(Error):
    """It is gone."""

    code = "shop.gone"
    sku: str


class Other(Error):
    """As `Gone`, with another field."""

    code = "shop.gone"
    sku: str
    since: int


def shape(repeat: Repeat | None, *raises: type[Error]) -> ContractShape:
    """Return a contract of one command."""

    @contract(version=1)
    class Shop(Protocol):
        @command(repeat, raises=raises)
        async def buy(self) -> None: ...

    return shape_of(contract_of(Shop), "shop.v1")


@pytest.mark.parametrize(
    ("repeat", "verdict"),
    [(None, Verdict.PROVIDER_FIRST), (atomic, Verdict.BREAKING), (process, Verdict.BREAKING)],
)
def test_an_error_that_is_stored_under_keys_must_stay_readable(repeat: Repeat | None, verdict: Verdict) -> None:
    before = shape(repeat, Gone)
    (removed,) = changes(before, shape(repeat))
    assert (removed.what, removed.verdict) == ("error shop.gone removed", verdict)
    (changed,) = changes(before, shape(repeat, Other))
    assert (changed.what.split(",")[0], changed.verdict) == ("added: a whole number", verdict)
