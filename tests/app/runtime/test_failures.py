"""A caller sees the errors that a contract declares, and of all others only that something failed."""

from __future__ import annotations

import asyncio

import pytest

from contracts.kit import (
    Conflict,
    Error,
    Internal,
    InvalidArgument,
    Overloaded,
    PermissionDenied,
    Role,
    TimedOut,
    Unavailable,
)
from contracts.kit.context import scope
from tests.app.runtime.builders import Errand, House, Missing, Stolen, acting_as, failing, forever, running

Words = tuple[int, int, int, str, str]


async def test_a_declared_error_arrives_afresh_without_what_led_to_it(house: House) -> None:
    original = Missing(id="umbrella")

    async def fail() -> str:
        try:
            raise KeyError("a detail of the implementation")
        except KeyError as error:
            raise original from error

    with pytest.raises(Missing) as caught:
        await house.errand(fail).proxy.run()
    assert caught.value == original
    assert caught.value is not original
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None
    assert fail.__code__ not in [entry.frame.code.raw for entry in caught.traceback]


@pytest.mark.parametrize("error", [KeyError("secret"), Stolen(), ExceptionGroup("some", [Missing()]), TimeoutError()])
async def test_whatever_is_not_declared_becomes_internal_and_is_logged(
    house: House, error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    with scope(context=acting_as(Role.CUSTOMER)), pytest.raises(Internal) as caught:
        await house.errand(failing(error)).proxy.run()
    assert caught.value.operation == "errand.run"
    assert caught.value.__context__ is None
    (record,) = caplog.records
    assert caught.value.incident in record.getMessage()
    assert "request-1" in record.getMessage()
    assert record.exc_info is not None
    assert record.exc_info[1] is error
    assert "secret" not in str(caught.value)


async def call(errand: Errand, operation: str) -> str:
    answer: str = await getattr(errand, operation)()
    return answer


NESTED: list[tuple[str, Error, Error]] = [
    ("run", Unavailable(operation="other.find", reason="away"), Unavailable(operation="other.find", reason="away")),
    (
        "change",
        Unavailable(operation="other.find", reason="away"),
        Unavailable(operation="other.find", reason="away", may_have_executed=True),
    ),
    (
        "change",
        Unavailable(operation="errand.change", reason="bank"),
        Unavailable(operation="errand.change", reason="bank"),
    ),
    ("run", Overloaded(operation="other.find"), Overloaded(operation="other.find")),
    (
        "change",
        Overloaded(operation="other.find"),
        Unavailable(operation="other.find", reason="it is overloaded", may_have_executed=True),
    ),
    ("change", Overloaded(operation="errand.change"), Overloaded(operation="errand.change")),
    ("change", TimedOut(operation="other.find"), TimedOut(operation="other.find")),
    ("change", PermissionDenied(operation="other.find"), PermissionDenied(operation="other.find")),
    ("run", Internal(operation="other.find", incident="1a"), Internal(operation="other.find", incident="1a")),
    ("change", Conflict(operation="errand.change"), Conflict(operation="errand.change")),
]


@pytest.mark.parametrize(("operation", "inside", "outside"), NESTED)
async def test_what_a_call_inside_ended_with_passes_and_is_not_made_to_look_harmless(
    house: House, operation: str, inside: Error, outside: Error
) -> None:
    errand = house.errand(failing(inside)).proxy
    with pytest.raises(type(outside)) as caught:
        await call(errand, operation)
    assert caught.value == outside
    assert caught.value is not inside


@pytest.mark.parametrize(
    "error", [InvalidArgument(where="other.find", problem="too long"), Conflict(operation="other.a")]
)
async def test_an_operation_that_calls_another_wrongly_has_failed_itself(house: House, error: Error) -> None:
    with pytest.raises(Internal):
        await house.errand(failing(error)).proxy.change()


@pytest.mark.parametrize(
    "error", [KeyboardInterrupt(), SystemExit(3), GeneratorExit(), BaseExceptionGroup("", [SystemExit()])]
)
async def test_what_is_no_error_of_the_operation_passes_untouched(house: House, error: BaseException) -> None:
    bound = house.errand(failing(error))
    with pytest.raises(type(error)) as caught:
        await bound.proxy.run()
    assert caught.value is error
    assert bound.route("run").errors == {}


async def cancelled_future() -> str:
    future: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    future.cancel()
    return await future


async def test_to_await_something_cancelled_is_a_failure_and_no_cancellation(house: House) -> None:
    with pytest.raises(Internal):
        await house.errand(cancelled_future).proxy.run()


async def test_a_cancellation_asked_for_before_the_call_ends_the_call(house: House) -> None:
    async def cancel_myself() -> None:
        running().cancel()
        await house.errand(forever).proxy.hurry()

    task = asyncio.create_task(cancel_myself())
    with pytest.raises(asyncio.CancelledError):
        await task
    assert task.cancelled()
