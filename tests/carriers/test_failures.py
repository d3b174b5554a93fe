"""A failure means the same wherever it happened: declared errors are whole, others say nothing of the inside."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any

import pytest

from contracts.kit import (
    Conflict,
    Error,
    Internal,
    InvalidArgument,
    Overloaded,
    PermissionDenied,
    TimedOut,
    Unavailable,
)
from tests.carriers.carriers import Carrier
from tests.carriers.kitchen import Kitchen, Mishap, Pantry
from tests.carriers.mishaps import BELOW, BURNT
from tests.carriers.values import Spilt

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.usefixtures("expects_violations")]

INTERNAL = (
    Mishap.CHARRED,
    Mishap.KEY_ERROR,
    Mishap.GROUP,
    Mishap.CANCELLED,
    Mishap.OUT_OF_BOUNDS,
    Mishap.CALL_CONFLICT_BELOW,
    Mishap.CALL_INVALID_BELOW,
)
"""What an operation does not declare, or did itself to others."""

SHUT = Unavailable(operation=BELOW, reason="it is shut")
PERHAPS = Unavailable(operation=BELOW, reason="it is shut", may_have_executed=True)
TOLD: Mapping[Mishap, Callable[[str], Error]] = {
    Mishap.BURNT: lambda _: BURNT,
    Mishap.SPILT: lambda _: Spilt(),
    Mishap.CALL_INTERNAL: lambda own: Internal(operation=own, incident="of the provider's own making"),
    Mishap.CALL_TIMED_OUT: lambda _: TimedOut(operation=BELOW),
    Mishap.CALL_UNAVAILABLE: lambda _: SHUT,
    Mishap.CALL_UNAVAILABLE_PERHAPS: lambda _: PERHAPS,
    Mishap.CALL_OVERLOADED: lambda _: Overloaded(operation=BELOW),
    Mishap.CALL_DENIED: lambda _: PermissionDenied(operation=BELOW),
    Mishap.CALL_CONFLICT: lambda own: Conflict(operation=own),
    Mishap.CALL_INVALID: lambda own: InvalidArgument(where=own, problem="it is not to its taste"),
}
"""What a caller is told, given the operation's name."""

OF_A_COMMAND: Mapping[Mishap, Error] = {
    Mishap.CALL_UNAVAILABLE: PERHAPS,
    Mishap.CALL_OVERLOADED: Unavailable(operation=BELOW, reason="it is overloaded", may_have_executed=True),
}
"""What a command's caller is told otherwise: before it called, it may have done something."""


async def failure(call: Awaitable[object]) -> Error:
    """Return the error that a call ends with."""
    with pytest.raises(Error) as caught:
        await call
    assert caught.value.__cause__ is caught.value.__context__ is None
    return caught.value


@pytest.mark.parametrize("how", TOLD)
async def test_a_query_tells_what_its_contract_declares(kitchen: Kitchen, how: Mishap) -> None:
    told = TOLD[how]("kitchen_sink.fail")
    error = await failure(kitchen.fail(how))
    assert error == told
    assert error is not told


@pytest.mark.parametrize("how", TOLD)
async def test_a_command_tells_that_something_may_have_been_done(kitchen: Kitchen, how: Mishap) -> None:
    assert await failure(kitchen.spoil(how)) == OF_A_COMMAND.get(how, TOLD[how]("kitchen_sink.spoil"))


@pytest.mark.parametrize("how", INTERNAL)
async def test_whatever_else_happens_is_internal_and_gives_nothing_away(kitchen: Kitchen, how: Mishap) -> None:
    for operation in ("fail", "spoil"):
        error = await failure(getattr(kitchen, operation)(how))
        assert isinstance(error, Internal)
        assert error.operation == f"kitchen_sink.{operation}"
        assert re.fullmatch("[0-9a-f]{8}", error.incident)


async def test_an_incident_is_logged_once_with_what_happened(
    carrier: Carrier, kitchen: Kitchen, caplog: pytest.LogCaptureFixture
) -> None:
    error = await failure(kitchen.fail(Mishap.KEY_ERROR))
    assert isinstance(error, Internal)
    log = carrier.log if carrier.log is not None else caplog.text
    assert log.count(error.incident) == 1
    assert "KeyError: 'secret'" in log


async def test_a_call_made_in_a_write_transaction_fails_before_it_is_made(
    carrier: Carrier, kitchen: Kitchen, run: str
) -> None:
    assert isinstance(await failure(kitchen.break_rules(run)), Internal)
    assert await carrier.proxy(Pantry).count(run) == 1


@pytest.mark.parametrize("how", [*TOLD, *INTERNAL])
async def test_a_stream_fails_after_the_items_it_yielded_and_is_over(kitchen: Kitchen, how: Mishap) -> None:
    stream: Any = kitchen.break_off(3, how)
    items, error = await drained(stream)
    assert items == [0, 1, 2]
    if how in INTERNAL:
        assert isinstance(error, Internal)
        assert error.operation == "kitchen_sink.break_off"
    else:
        assert error == TOLD[how]("kitchen_sink.break_off")
    with pytest.raises(StopAsyncIteration):
        await anext(stream)


async def drained(stream: AsyncIterator[int]) -> tuple[list[int], Error]:
    """Return a stream's items, and the error that they end with."""
    items: list[int] = []
    try:
        async for item in stream:
            items.append(item)  # noqa: PERF401 - those before the error count
    except Error as error:
        return items, error
    pytest.fail("no error came")
