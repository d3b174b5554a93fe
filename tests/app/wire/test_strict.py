"""The strict carrier shows in one process what would not cross to another, or not bear to arrive twice."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Any

import pytest

from app.runtime.target import Target
from app.wire.strict import LARGEST, strict_target
from contracts.kit import Internal, InvalidArgument, TimedOut, idempotency_key
from tests.app.runtime.builders import HURRY, House, until
from tests.app.runtime.sources import opened
from tests.app.wire.desk import CODEC, NOTE, Desk, Gone, Keys, Longer, Lost, Note, Writer, desk


@pytest.fixture
async def house() -> AsyncIterator[House]:
    async with House() as house:
        yield house


async def test_arguments_and_results_are_equal_and_not_the_same(house: House) -> None:
    writer = Writer()
    result = await desk(house, writer).write(NOTE)
    assert result == NOTE == writer.came[0]
    assert result is not NOTE
    assert result is not writer.came[0]
    assert writer.came[0] is not NOTE


async def test_what_the_contract_does_not_say_is_left_behind(house: House) -> None:
    writer = Writer()
    result = await desk(house, writer).write(Longer(text="a", more="b"))
    assert type(result) is type(writer.came[0]) is Note


async def test_a_query_is_executed_twice_and_the_second_answer_counts(house: House) -> None:
    writer = Writer(lambda _: numbered(writer))
    assert await desk(house, writer).read(NOTE) == Note(text="2")
    assert writer.came[0] is not writer.came[1]


async def numbered(writer: Writer) -> Note:
    """Say how often somebody came."""
    return Note(text=str(len(writer.came)))


async def test_a_plain_command_is_executed_once(house: House) -> None:
    writer = Writer()
    with idempotency_key("k"):
        await desk(house, writer).write(NOTE)
    assert len(writer.came) == 1


async def test_a_repeatable_command_is_executed_twice_under_the_callers_key(house: House) -> None:
    writer, keys = Writer(lambda _: numbered(writer)), Keys()
    with idempotency_key("k"):
        assert await desk(house, writer, keys).keep(NOTE, twice=True) == Note(text="2")
    assert keys.seen == ["k", "k"]
    assert keys.arguments == [(NOTE, True), (NOTE, True)]


async def test_or_under_one_of_its_own_for_each_call(house: House) -> None:
    writer, keys = Writer(), Keys()
    proxy = desk(house, writer, keys)
    await proxy.keep(NOTE)
    await proxy.keep(NOTE)
    assert keys.seen[0] == keys.seen[1] != keys.seen[2] == keys.seen[3]
    assert keys.arguments[0] == (NOTE, False)


async def test_a_declared_error_is_an_answer_and_comes_through_the_codec(house: House) -> None:
    raised = Lost(note=Longer(text="a", more="b"))

    async def lose(_: Note) -> Note:
        raise raised

    for operation, times in (("read", 2), ("write", 1), ("keep", 2)):
        writer = Writer(lose)
        with pytest.raises(Lost) as caught:
            await getattr(desk(house, writer), operation)(NOTE)
        assert caught.value == Lost(note=NOTE)
        assert type(caught.value.note) is Note
        assert len(writer.came) == times


async def test_an_error_of_the_first_execution_does_not_count(house: House) -> None:
    async def lose_first(note: Note) -> Note:
        if len(writer.came) == 1:
            raise Lost(note=note)
        return note

    writer = Writer(lose_first)
    assert await desk(house, writer).read(NOTE) == NOTE


@pytest.mark.parametrize("error", [KeyError("secret"), Gone(note=NOTE)], ids=["exception", "undeclared heir"])
async def test_what_is_not_declared_ends_the_call_at_once(
    house: House, error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail(_: Note) -> Note:
        raise error

    writer = Writer(fail)
    with pytest.raises(Internal):
        await desk(house, writer).read(NOTE)
    assert len(writer.came) == 1
    assert caplog.records[0].exc_info is not None
    assert caplog.records[0].exc_info[1] is error


async def test_a_deadline_that_was_not_heeded_is_not_waited_for_twice(house: House) -> None:
    async def insist(note: Note) -> Note:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            return note
        return Note(text="never")

    writer = Writer(insist)
    assert await desk(house, writer).read(NOTE) == NOTE
    assert len(writer.came) == 1


async def test_nor_is_one_that_ended_in_a_declared_error(house: House) -> None:
    async def insist(note: Note) -> Note:
        try:
            await asyncio.Event().wait()
        finally:
            raise Lost(note=note)

    writer = Writer(insist)
    with pytest.raises(Lost):
        await desk(house, writer).read(NOTE)
    assert len(writer.came) == 1


async def test_both_executions_share_one_deadline(house: House) -> None:
    async def nap(note: Note) -> Note:
        await asyncio.sleep(HURRY * 0.7)
        return note

    writer = Writer(nap)
    with pytest.raises(TimedOut):
        await desk(house, writer).read(NOTE)
    assert len(writer.came) == 2


async def test_an_argument_that_cannot_cross_is_refused_by_its_operations_name(house: House) -> None:
    writer = Writer()
    proxy: Any = desk(house, writer)
    for wrong in (Note(text="\ud800"), Note(text="a" * LARGEST), "a", object(), None):
        for operation in ("read", "write", "keep"):
            with pytest.raises(InvalidArgument) as caught:
                await getattr(proxy, operation)(wrong)
            assert caught.value.where == f"desk.{operation}"
        with pytest.raises(InvalidArgument):
            await anext(proxy.leaf(wrong))
    assert writer.came == []


@pytest.mark.parametrize(
    "result",
    [Note(text="\ud800"), Note(text="a" * LARGEST), "a", None],
    ids=["no text", "too large", "of another type", "nothing"],
)
async def test_a_result_that_cannot_cross_is_a_failure_inside(
    house: House, result: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL)

    async def answer(_: Note) -> Any:
        return result

    proxy = desk(house, Writer(answer))
    for call in (proxy.read(NOTE), proxy.keep(NOTE), anext(proxy.leaf(NOTE))):
        with pytest.raises(Internal):
            await call


async def test_an_error_that_cannot_cross_is_a_failure_inside(house: House, caplog: pytest.LogCaptureFixture) -> None:
    async def lose(_: Note) -> Note:
        raise Lost(note=Note(text="\ud800"))

    with pytest.raises(Internal):
        await desk(house, Writer(lose)).write(NOTE)
    assert "surrogates not allowed" in caplog.text


async def test_a_streams_items_cross_once_and_its_end_reaches_the_maker(house: House) -> None:
    writer = Writer()
    stream = desk(house, writer).leaf(NOTE)
    assert (first := await anext(stream)) == NOTE
    assert first is not writer.came[0]
    await opened(stream).aclose()  # type: ignore[arg-type]  # whatever its items
    assert writer.closed


async def test_a_streams_declared_error_crosses_too(house: House) -> None:
    async def lose(note: Note) -> Note:
        raise Lost(note=Longer(text=note.text, more="b"))

    with pytest.raises(Lost) as caught:
        await anext(desk(house, Writer(lose)).leaf(NOTE))
    assert type(caught.value.note) is Note


async def test_to_drain_it_drains_what_it_stands_for(house: House) -> None:
    gate = asyncio.Event()
    closed: list[str] = []

    async def wait(note: Note) -> Note:
        await gate.wait()
        return note

    async def close() -> None:
        closed.append("inner")

    writer = Writer(wait)
    bound = house.absent(Desk, "desk")
    inner = Target(writer, 10, close=close)
    strict = strict_target(inner, CODEC)
    bound.binding.bind(strict)
    assert strict.limit == 10
    call = asyncio.create_task(bound.proxy.write(NOTE))
    await until(lambda: writer.came)
    assert len(strict.calls) == 1
    assert bound.binding.unbind("it moved") is strict
    draining = asyncio.create_task(strict.drain())
    await asyncio.sleep(0.03)
    assert not draining.done()
    gate.set()
    assert await call == NOTE
    await draining
    assert inner.retired
    assert closed == ["inner"]
