"""Arguments find their parameters by name or by place, and those out of bounds find none."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import pytest

from contracts.kit import InvalidArgument
from tests.carriers.kitchen import Kitchen, Mishap
from tests.carriers.values import Order

pytestmark = pytest.mark.asyncio(loop_scope="session")

Call = Callable[[Any], Awaitable[object]]


@pytest.mark.parametrize(
    ("call", "answer"),
    [
        pytest.param(lambda it: it.reserved(1, 2, 3, operation=5), (1, 2, 3, 4, 5, 6, 7), id="in order"),
        pytest.param(
            lambda it: it.reserved(operation=5, caller=3, path=2, key=1, method=0),
            (1, 2, 3, 4, 5, 6, 0),
            id="by name",
        ),
        pytest.param(lambda it: it.measure(1, "a", (2, 3), share=1.0, order=Order(portion=1)), 6, id="within bounds"),
    ],
)
async def test_arguments_find_their_parameters(kitchen: Kitchen, call: Call, answer: object) -> None:
    assert await call(kitchen) == answer


@pytest.mark.parametrize("wrong", [{}, {"key": 1}, {"portion": 1}])
async def test_a_call_that_the_method_would_not_take_is_a_type_error(kitchen: Any, wrong: dict[str, Any]) -> None:
    with pytest.raises(TypeError):
        await kitchen.reserved(**wrong)


@pytest.mark.parametrize(
    ("call", "where"),
    [
        pytest.param(lambda it: it.measure(0, "a"), "portion", id="too little"),
        pytest.param(lambda it: it.measure(10, "a"), "portion", id="too much"),
        pytest.param(lambda it: it.measure(1, ""), "label", id="too short"),
        pytest.param(lambda it: it.measure(1, "abcdefghi"), "label", id="too long"),
        pytest.param(lambda it: it.measure(1, "a\n"), "label", id="another pattern"),
        pytest.param(lambda it: it.measure(1, "a", (1, 0)), "parts", id="inside"),
        pytest.param(lambda it: it.measure(1, "a", (1,) * 4), "parts", id="too many"),
        pytest.param(lambda it: it.measure(1, "a", share=1.01), "share", id="keyword"),
        pytest.param(lambda it: it.measure(1, "a", share=float("nan")), "share", id="not a number"),
        pytest.param(lambda it: it.measure(1, "a", share=float("inf")), "share", id="infinite"),
        pytest.param(lambda it: anext(it.portions(0)), "portion", id="of a stream"),
    ],
)
async def test_a_value_out_of_bounds_is_refused_by_its_parameters_name(
    kitchen: Kitchen, call: Call, where: str
) -> None:
    operation = "portions" if "portions" in call.__code__.co_names else "measure"
    with pytest.raises(InvalidArgument) as caught:
        await call(kitchen)
    assert caught.value.where == f"kitchen_sink.{operation}.{where}"
    assert caught.value.problem
    assert caught.value.__cause__ is caught.value.__context__ is None


@pytest.mark.usefixtures("expects_violations")
@pytest.mark.parametrize(
    "call",
    [
        pytest.param(lambda it: it.weigh(Unknown()), id="something else"),
        pytest.param(lambda it: it.shapes(line=(2**64,)), id="too large, inside"),
        pytest.param(lambda it: it.shapes(recipes=("\ud800",)), id="no text"),
    ],
)
async def test_what_cannot_be_said_of_an_argument_does_not_hurt_the_next_call(kitchen: Any, call: Call) -> None:
    try:
        await call(kitchen)
    except Exception as error:  # noqa: BLE001 - what may differ is for tests/divergence
        assert type(error).__module__ == "contracts.kit.errors"  # noqa: PT017 - where there is one
    assert await kitchen.fail(Mishap.NOTHING) == "nothing happened"


class Unknown(msgspec.Struct):
    """No message."""

    def __len__(self) -> int:
        return 1
