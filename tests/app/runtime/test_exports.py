"""A host lets itself be called by those whose modules declare the need, through the whole pipeline."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

import pytest

from app.runtime.exports import Exports
from app.wire.codec import ContractCodec
from app.wire.hello import DOOR, HOST
from contracts.kit import Error, Internal, PermissionDenied, TimedOut, Unavailable, contract_of
from tests.app.runtime.builders import Bound, Errand, House, Missing, done, failing, forever

NEEDS: Mapping[str, frozenset[str]] = {"orders": frozenset({"errand.v1"}), "cart": frozenset({"other.v1"})}
CODECS = {key: ContractCodec(contract_of(Errand), key, "errand") for key in ("errand.v1", "other.v1")}


def serving(bound: Bound[Errand]) -> Exports:
    """Serve one of the two contracts that are known here."""
    exports = Exports(CODECS, NEEDS)
    exports.serve("errand.v1", bound.binding)
    return exports


@pytest.mark.parametrize("caller", ["orders", HOST, DOOR])
async def test_who_may_call_calls_through_a_proxy_of_its_own(house: House, caller: str) -> None:
    bound = house.errand(done)
    codec, method = serving(bound).find(caller, "errand.v1/run")
    assert codec is CODECS["errand.v1"].operations["run"]
    assert await method() == "done"
    route = next(each for each in bound.binding.routes if each.caller == caller and each.operation.name == "run")
    assert route.calls == 1


@pytest.mark.parametrize(
    ("caller", "path"),
    [
        pytest.param("cart", "errand.v1/run", id="needs another contract"),
        pytest.param("stranger", "errand.v1/run", id="unknown"),
        pytest.param("", "errand.v1/run", id="nobody"),
        pytest.param("orders", "other.v1/run", id="not its need"),
        pytest.param("orders", "errand.v2/run", id="another version"),
        pytest.param("orders", "nothing.v1/run", id="no contract"),
        pytest.param("orders", "", id="no path"),
    ],
)
async def test_who_declares_no_need_is_denied(house: House, caller: str, path: str) -> None:
    with pytest.raises(PermissionDenied):
        serving(house.errand(done)).find(caller, path)


@pytest.mark.parametrize(
    ("caller", "path"),
    [
        pytest.param("cart", "other.v1/run", id="known and not served here"),
        pytest.param("orders", "errand.v1/walk", id="no operation"),
        pytest.param("orders", "errand.v1/", id="no operation at all"),
        pytest.param("orders", "errand.v1", id="a contract alone"),
        pytest.param("orders", "errand.v1/run/run", id="more than an operation"),
        pytest.param("orders", "errand.v1/__class__", id="what is no operation"),
        pytest.param(HOST, "nothing.v1/run", id="unknown"),
    ],
)
async def test_what_is_not_served_did_not_happen(house: House, caller: str, path: str) -> None:
    with pytest.raises(Unavailable) as caught:
        serving(house.errand(done)).find(caller, path)
    assert caught.value == Unavailable(operation=path, reason="this host does not serve it", may_have_executed=False)


@pytest.mark.parametrize(
    ("do", "operation", "told"),
    [
        pytest.param(failing(Missing()), "run", Missing, id="declared"),
        pytest.param(failing(KeyError()), "run", Internal, id="undeclared"),
        pytest.param(forever, "hurry", TimedOut, id="late"),
        pytest.param(done, "manage", PermissionDenied, id="not for guests"),
    ],
)
async def test_the_whole_pipeline_stands_in_between(
    house: House, do: Any, operation: str, told: type[Error], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL)
    _, method = serving(house.errand(do)).find("orders", f"errand.v1/{operation}")
    with pytest.raises(told):
        await method()


async def test_what_is_found_once_takes_the_new_way_after_a_swap(house: House) -> None:
    bound = house.errand(done)
    exports = serving(bound)
    _, method = exports.find("orders", "errand.v1/run")
    bound.binding.unbind("it moved")
    with pytest.raises(Unavailable, match="it moved"):
        await method()
    assert exports.bindings == {"errand.v1": bound.binding}
