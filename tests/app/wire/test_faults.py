"""What breaks on one connection is told truly, is bounded, and is noticed by no other."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
import subprocess
import sys
import time
import tracemalloc
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from app.runtime.streams import BUFFER
from app.wire.address import Address, unix
from app.wire.limits import Limits
from app.wire.link import Link
from contracts.kit import TimedOut, Unavailable
from contracts.kit.context import scope
from tests.app.runtime.builders import Doing, Errand, until
from tests.app.wire.pairs import callee, linked, passport, wired
from tests.app.wire.peers import Peer, admitted, call, connected, pretending, stream, welcomed
from tests.app.wire.post import Carrier, Post

HASTY = Limits(ping=0.1, frame_time=0.2, stall=0.2)


async def test_a_callee_that_dies_in_mid_call_leaves_open_whether_it_was_executed() -> None:
    carrier = Carrier()
    async with wired(Post, carrier) as pair:
        waiting = [asyncio.create_task(pair.proxy.wait()) for _ in range(5)]
        await until(lambda: carrier.begun == 5)
        for session in pair.server.sessions:
            session.transport.abort()
        for each in waiting:
            with pytest.raises(Unavailable) as caught:
                await each
            assert caught.value.may_have_executed
        assert pair.link.pending == 0
        assert pair.link.closed.is_set()
        assert len(pair.ended) == 1
        async with linked(pair) as again:
            assert await again.proxy.number(1) == 1


async def test_a_call_that_was_never_written_was_not_executed() -> None:
    carrier = Carrier()
    async with wired(Post, carrier) as pair:
        waiting = [asyncio.create_task(pair.proxy.wait()) for _ in range(20)]
        await until(lambda: carrier.begun == 20)
        late = asyncio.create_task(pair.proxy.wait())
        await asyncio.sleep(0)  # it has run up to its wait, and its frame is gathered: less than a quarter
        pair.link.transport.abort()
        pair.link.connection_lost(None)
        with pytest.raises(Unavailable) as caught:
            await late
        assert not caught.value.may_have_executed
        for each in waiting:
            with pytest.raises(Unavailable) as caught:
                await each
            assert caught.value.may_have_executed
        await until(lambda: not pair.server.sessions)
        assert carrier.begun == 20


async def test_a_call_that_waits_to_be_written_was_not_executed(tmp_path: Path) -> None:
    async def behave(peer: Peer) -> None:
        await welcomed(peer)
        peer.writer.transport.pause_reading()  # type: ignore[attr-defined]
        await asyncio.sleep(1000)

    async with callee(Post, Carrier()) as far, pretending(tmp_path, behave) as address:
        far.address = address
        async with linked(far) as pair:
            big = asyncio.create_task(pair.proxy.text("x" * 3_000_000))
            await until(lambda: pair.link.paused)
            small = asyncio.create_task(pair.proxy.text("small"))
            await asyncio.sleep(0.01)
            assert pair.link.pending == 1
            pair.link.transport.abort()
            with pytest.raises(Unavailable) as caught:
                await small
            assert not caught.value.may_have_executed
            with pytest.raises(Unavailable) as caught:
                await big
            assert caught.value.may_have_executed


async def test_a_peer_that_never_answers_is_given_up_and_the_deadline_holds_meanwhile(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def behave(peer: Peer) -> None:
        await welcomed(peer)
        await asyncio.sleep(1000)

    async with callee(Post, Carrier()) as far, pretending(tmp_path, behave) as address:
        far.address = address
        async with linked(far, limits=HASTY) as pair:
            with scope(due=time.monotonic_ns() + 10_000_000), pytest.raises(TimedOut):
                await pair.proxy.wait()
            assert not pair.ended
            with pytest.raises(Unavailable) as caught:
                await pair.proxy.wait()
            assert caught.value.may_have_executed
            assert "it was silent for" in caught.value.reason
    assert len([each for each in caplog.records if "is cut off" in each.getMessage()]) == 1


async def test_a_caller_that_never_speaks_again_is_given_up() -> None:
    async with callee(Post, Carrier(), limits=HASTY) as far, await admitted(far.address) as peer:
        assert [each for each in await peer.rest() if each != [10, 0]] == []
        await until(lambda: not far.server.sessions)


async def test_quiet_connections_live_on() -> None:
    async with wired(Post, Carrier(), limits=HASTY) as pair:
        await asyncio.sleep(10 * HASTY.ping)
        assert pair.ended == []
        assert await pair.proxy.number(1) == 1


async def test_a_caller_that_reads_nothing_gets_little_done_and_is_cut_off(caplog: pytest.LogCaptureFixture) -> None:
    few = msgspec.structs.replace(HASTY, calls=10)
    async with callee(Post, Carrier(), limits=few) as far, linked(far) as pair:
        async with await deaf(far.address) as peer:
            tracemalloc.start()
            try:
                peer.send(*(call(number, "post.v1/long", size=1_000_000) for number in range(10_000)))
                await until(lambda: any(each.paused for each in far.server.sessions))
                await until(lambda: len(far.server.sessions) == 1)
                peak = tracemalloc.get_traced_memory()[1]
            finally:
                tracemalloc.stop()
        assert await pair.proxy.number(1) == 1
    assert peak < 10 * 4_000_000  # ten calls, and what is made of the answer of each
    assert [each.getMessage() for each in caplog.records if each.levelno >= logging.WARNING] == [
        "the connection from host near is cut off: it did not read what was written to it for 0.2 s"
    ]


async def test_what_came_while_a_caller_did_not_read_is_done_when_it_does() -> None:
    async with callee(Post, Carrier()) as far, await deaf(far.address) as peer:
        peer.send(*(call(number, "post.v1/long", size=100_000) for number in range(500)))
        await until(lambda: any(each.paused for each in far.server.sessions))
        peer.writer.transport.resume_reading()  # type: ignore[attr-defined]  # of asyncio.Transport
        answers = [await peer.receive() for _ in range(500)]
        assert sorted(number for _, number, _ in answers) == list(range(500))
        assert {len(text) for _, _, text in answers} == {100_000}


async def test_a_stream_to_a_caller_that_reads_nothing_stops_being_produced() -> None:
    made = 0

    async def produce() -> AsyncIterator[int]:
        nonlocal made
        while True:
            made += 1
            yield made

    async with callee(Errand, Doing(items=produce)) as far, linked(far) as pair:
        async with await deaf(far.address) as peer:
            peer.send(stream(1, credit=10**9))
            await until(lambda: any(each.paused for each in far.server.sessions))
            before = made
            await asyncio.sleep(0.05)
            assert made <= before + BUFFER + 1, "what the buffer holds, and the one that waits for room"
            assert await pair.proxy.run() == "done"
        await until(lambda: len(far.server.sessions) == 1)


async def test_a_caller_that_reads_a_byte_a_time_is_cut_off() -> None:
    async with callee(Post, Carrier(), limits=HASTY) as far, await deaf(far.address) as peer:
        peer.send(call(1, "post.v1/long", size=4_000_000))
        await until(lambda: any(each.paused for each in far.server.sessions))
        with socket.socket(fileno=os.dup(peer.writer.get_extra_info("socket").fileno())) as ear:
            while far.server.sessions:
                assert len(ear.recv(1)) == 1
                peer.send([11, 0])
                await asyncio.sleep(HASTY.stall / 10)


async def test_a_caller_that_writes_a_byte_a_time_is_cut_off(caplog: pytest.LogCaptureFixture) -> None:
    async with callee(Post, Carrier(), limits=HASTY) as far, await admitted(far.address) as peer:
        peer.writer.write((1000).to_bytes(4, "big"))
        while far.server.sessions:
            peer.writer.write(b"\x90")
            await asyncio.sleep(HASTY.frame_time / 10)
        assert "a frame was not complete after 0.2 s" in caplog.text


async def test_results_that_fill_the_connection_all_arrive_in_the_end() -> None:
    async with wired(Post, Carrier()) as pair:
        texts = await asyncio.gather(*(pair.proxy.long(1_000_000 + number) for number in range(30)))
        assert [len(text) for text in texts] == [1_000_000 + number for number in range(30)]
        assert not any(each.paused for each in pair.server.sessions)


async def test_arguments_that_fill_the_connection_all_arrive_in_the_end() -> None:
    async with wired(Post, Carrier()) as pair:
        texts = await asyncio.gather(*(pair.proxy.text("x" * (500_000 + number)) for number in range(30)))
        assert [len(text) for text in texts] == [500_000 + number for number in range(30)]


async def test_both_directions_may_be_full_at_once() -> None:
    async with wired(Post, Carrier()) as pair:
        for _ in range(3):
            long = [pair.proxy.long(2_000_000) for _ in range(10)]
            texts = [pair.proxy.text("x" * 2_000_000) for _ in range(10)]
            answers = await asyncio.gather(*long, *texts)
            assert {len(each) for each in answers} == {2_000_000}


async def test_a_bad_connection_is_noticed_by_no_other() -> None:
    async with wired(Post, Carrier()) as pair:

        async def misbehave(number: int) -> None:
            async with await connected(pair.address) as peer:
                peer.writer.write(bytes([number % 256]) * (number + 1))
                peer.writer.write_eof()
                await peer.rest()

        bad = [asyncio.create_task(misbehave(number)) for number in range(50)]
        for number in range(200):
            assert await pair.proxy.number(number) == number
        await asyncio.gather(*bad)
        await until(lambda: len(pair.server.sessions) == 1)


async def test_a_process_that_is_killed_or_stopped_in_mid_call(tmp_path: Path) -> None:
    path = tmp_path / "far.sock"
    async with callee(Post, Carrier()) as far:
        far.address = unix(path)
        child = await served(path)
        try:
            async with linked(far) as pair:
                assert await pair.proxy.number(1) == 1
                os.kill(child.pid, signal.SIGSTOP)
                with scope(due=time.monotonic_ns() + 50_000_000), pytest.raises(TimedOut):
                    await pair.proxy.number(1)
                os.kill(child.pid, signal.SIGCONT)
                assert await pair.proxy.number(2) == 2
                waiting = asyncio.create_task(pair.proxy.wait())
                await pair.proxy.number(1)
                child.kill()
                with pytest.raises(Unavailable) as caught:
                    await waiting
                assert caught.value.may_have_executed
                with pytest.raises(Unavailable) as caught:
                    await pair.proxy.number(1)
                assert not caught.value.may_have_executed
        finally:
            child.kill()
            child.wait()
        child = await served(path)
        try:
            async with linked(far) as pair:
                assert await pair.proxy.number(1) == 1
        finally:
            child.kill()
            child.wait()


async def served(path: Path) -> subprocess.Popen[bytes]:
    """Serve `Post` in a process of its own, and return when it answers."""
    program = (
        "import asyncio, pathlib, tests.app.wire.pairs as pairs, tests.app.wire.post as post\n"
        "async def main():\n"
        f"    async with pairs.callee(post.Post, post.Carrier(), address=pairs.unix(pathlib.Path({str(path)!r}))):\n"
        "        await asyncio.sleep(1000)\n"
        "asyncio.run(main())\n"
    )
    child = subprocess.Popen([sys.executable, "-c", program])  # noqa: ASYNC220 - a moment, in a test
    while True:
        try:
            link = await Link.open(unix(path), passport())
        except OSError:
            assert child.poll() is None
            await asyncio.sleep(0.02)
        else:
            await link.close("it answers")
            return child


async def deaf(address: Address) -> Peer:
    """Return an admitted caller that reads no more."""
    peer = await admitted(address)
    peer.writer.transport.pause_reading()  # type: ignore[attr-defined]  # of asyncio.Transport
    return peer
