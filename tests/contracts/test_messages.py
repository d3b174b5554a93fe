"""Whatever crosses a contract of the store arrives as it was, in either encoding."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.kit.bounds import checker
from tests.contracts.every import CONTRACTS, ERRORS, MESSAGES, crossing
from tests.contracts.values_of import values_of

FEW = settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
PLACES = {
    annotation: place
    for contract in CONTRACTS
    for place, annotation in crossing(contract)
    if not (isinstance(annotation, type) and issubclass(annotation, msgspec.Struct))
}
"""What crosses besides messages, each with a place where it does."""


def assert_arrives(value: Any, annotation: Any) -> None:
    """Assert that a value comes out of either codec as it went in."""
    for codec in (msgspec.msgpack, msgspec.json):
        arrived = codec.decode(codec.encode(value), type=annotation)
        assert arrived == value
        assert type(arrived) is type(value)


@pytest.mark.parametrize("annotation", PLACES, ids=PLACES.values())
@FEW
@given(data=st.data())
def test_arguments_and_results(annotation: Any, data: st.DataObject) -> None:
    value = data.draw(values_of(annotation))
    assert_arrives(value, annotation)
    check = checker("operation", {"parameter": annotation})
    if check is not None:
        check((value,))


@pytest.mark.parametrize("message", MESSAGES, ids=lambda each: each.__name__)
@FEW
@given(data=st.data())
def test_messages_also_from_newer_senders(message: Any, data: st.DataObject) -> None:
    value = data.draw(values_of(message))
    assert_arrives(value, message)
    assert hash(value) == hash(msgspec.structs.replace(value))
    newer = msgspec.to_builtins(value) | {"field of tomorrow": [1, {"a": None}]}
    assert msgspec.json.decode(msgspec.json.encode(newer), type=message) == value


@pytest.mark.parametrize("error", ERRORS, ids=lambda each: each.code)
@FEW
@given(data=st.data())
def test_errors(error: Any, data: st.DataObject) -> None:
    form = data.draw(values_of(error.form))
    assert_arrives(form, error.form)
    raised = error(**msgspec.structs.asdict(form))
    assert raised.form(**raised.fields) == form
    assert raised.fresh() == raised
