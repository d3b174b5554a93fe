"""Every operation of the store, and of the kit, is carried by its codec in either encoding."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.wire.codec import ContractCodec, OperationCodec, error_form
from contracts.kit import contract_of
from contracts.kit.hosting import Hosting
from contracts.kit.outbox import Outbox
from tests.contracts.every import CONTRACTS
from tests.contracts.values_of import values_of

FEW = settings(max_examples=5, suppress_health_check=[HealthCheck.too_slow])
OPERATIONS = [
    operation
    for contract in (*CONTRACTS, contract_of(Outbox), contract_of(Hosting))
    for operation in ContractCodec(contract, str(contract), contract.name).operations.values()
]
every_operation = pytest.mark.parametrize("codec", OPERATIONS, ids=[each.path for each in OPERATIONS])


@every_operation
@FEW
@given(data=st.data())
def test_arguments_by_name_with_some_left_out_and_some_unknown(codec: OperationCodec, data: st.DataObject) -> None:
    form = data.draw(values_of(codec.form))
    left_out = [each.name for each in codec.operation.parameters if each.has_default]
    sent = msgspec.structs.asdict(form) | {"argument of tomorrow": [1, {"a": None}]}
    shortened = {name: value for name, value in sent.items() if name not in left_out}
    for value in (sent, shortened):
        for arrived in decoded(codec.arguments, codec.arguments_json, value):
            for parameter in codec.operation.parameters:
                expected = parameter.default if parameter.name not in value else sent[parameter.name]
                assert getattr(arrived, parameter.name) == expected
            assert codec.invoke(_count, arrived) == len(codec.names)


@every_operation
@FEW
@given(data=st.data())
def test_results_and_items(codec: OperationCodec, data: st.DataObject) -> None:
    result = data.draw(values_of(codec.operation.returns))
    for arrived in decoded(codec.result, codec.result_json, result):
        assert arrived == result
        assert type(arrived) is type(result)


@every_operation
@FEW
@given(data=st.data())
def test_errors_that_it_declares(codec: OperationCodec, data: st.DataObject) -> None:
    for code, kind in codec.errors.items():
        sent = kind(**msgspec.structs.asdict(data.draw(values_of(kind.form))))
        assert codec.error(code, msgspec.Raw(msgspec.msgpack.encode(error_form(sent)))) == sent
        assert codec.error_json(code, msgspec.Raw(msgspec.json.encode(error_form(sent)))) == sent


@every_operation
def test_each_argument_without_a_default_must_be_there(codec: OperationCodec) -> None:
    needed = [each.name for each in codec.operation.parameters if not each.has_default]
    for decoder, nothing in ((codec.arguments, b"\x80"), (codec.arguments_json, b"{}")):
        if needed:
            with pytest.raises(msgspec.ValidationError, match=f"missing required field `{needed[0]}`"):
                decoder.decode(nothing)
        else:
            assert isinstance(decoder.decode(nothing), codec.form)


def decoded(packed: Any, text: Any, value: object) -> tuple[Any, Any]:
    """Return what comes out of both encodings."""
    return packed.decode(msgspec.msgpack.encode(value)), text.decode(msgspec.json.encode(value))


def _count(*by_place: object, **by_name: object) -> int:
    return len(by_place) + len(by_name)
