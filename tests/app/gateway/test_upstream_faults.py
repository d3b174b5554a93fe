"""What is told, and what is tried, when a BFF's process is not there, breaks, hangs or talks nonsense."""

from __future__ import annotations

import asyncio
import logging
import socket
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from starlette.types import Message

from app.config import GatewaySettings
from app.gateway.upstream import Upstream
from tests.app.gateway.backends import OK, behaving, proxying, serving
from tests.app.gateway.door import DISCONNECT, HOST, Response, echo, gateway, request

IMPATIENT = GatewaySettings(request_deadline=0.2)
LIMITED = GatewaySettings(max_body=1024)
HALF = b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf"
HALF_CHUNKED = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n"


async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.close()


async def hang(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    await reader.readexactly(1)


def dead(path: Path) -> Path:
    """A socket that a killed process has left."""
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(path))
    return path


def says(response: Response, text: str) -> bool:
    return response.complete and text.encode() in response.body


async def test_where_nothing_runs_the_page_says_so() -> None:
    async with proxying() as door:
        response = await request(door)
    assert response.status == 503
    assert says(response, "What makes this page is not running at the moment.")


async def test_a_program_is_told_as_a_problem(tmp_path: Path) -> None:
    async with proxying(dead(tmp_path / "s")) as door:
        response = await request(door, headers=[HOST, (b"accept", b"application/json")])
    assert response.json["status"] == 503
    assert response.json["detail"].startswith("What makes this page is not running at the moment.")


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_socket_behind_which_nobody_listens_is_passed_over(tmp_path: Path, method: str) -> None:
    gone = [dead(tmp_path / f"dead{number}") for number in range(3)]
    async with serving(echo, tmp_path / "s"), proxying(*gone, tmp_path / "s", tmp_path / "never") as door:
        responses = [await request(door, method, body=[b"a", b"b"]) for _ in range(5)]
    assert [(response.status, response.body) for response in responses] == [(200, b"ab")] * 5


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "PUT", "DELETE"])
async def test_a_request_that_may_be_repeated_is_sent_to_one_other_when_it_gets_no_answer(
    tmp_path: Path, method: str
) -> None:
    sockets = [tmp_path / str(number) for number in range(3)]
    async with (
        behaving(hang_up, sockets[0]) as one,
        behaving(hang_up, sockets[1]) as two,
        behaving(hang_up, sockets[2]) as three,
        proxying(*sockets) as door,
    ):
        response = await request(door, method)
    assert response.status == 502
    assert sorted(each.connections for each in (one, two, three)) == [0, 1, 1]


async def test_where_there_is_no_other_it_is_sent_there_again(tmp_path: Path) -> None:
    async def stumble(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if backend.connections == 1:
            writer.close()
        else:
            writer.write(OK)

    async with behaving(stumble, tmp_path / "s") as backend, proxying(tmp_path / "s", dead(tmp_path / "d")) as door:
        assert (await request(door)).status == 200
    async with behaving(hang_up, tmp_path / "t") as backend, proxying(tmp_path / "t") as door:
        assert (await request(door)).status == 502
    assert backend.connections == 2


async def test_where_it_is_gone_meanwhile_it_is_not_sent_again(tmp_path: Path) -> None:
    sockets = [tmp_path / "s"]

    async def go(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        sockets.clear()
        writer.close()

    upstream = Upstream("shop", lambda: sockets)
    async with behaving(go, tmp_path / "s"):
        assert (await request(gateway(upstream))).status == 502
    await upstream.close()


async def test_the_other_ones_answer_counts(tmp_path: Path) -> None:
    async with (
        behaving(hang_up, tmp_path / "bad"),
        behaving(OK, tmp_path / "good"),
        proxying(tmp_path / "bad", tmp_path / "good") as door,
    ):
        assert {(await request(door)).status for _ in range(10)} == {200}


@pytest.mark.parametrize(("method", "body"), [("POST", [b"a"]), ("PATCH", [b""]), ("PUT", [b"a", b"b"])])
async def test_any_other_request_is_sent_once_and_the_person_is_told_to_look(
    tmp_path: Path, method: str, body: list[bytes]
) -> None:
    sockets = [tmp_path / "0", tmp_path / "1"]
    async with (
        behaving(hang_up, sockets[0]) as one,
        behaving(hang_up, sockets[1]) as other,
        proxying(*sockets) as door,
    ):
        response = await request(door, method, body=body)
    assert response.status == 502
    assert says(response, "If you sent something, see whether it arrived.")
    assert one.connections + other.connections == 1


@pytest.mark.parametrize(
    "nonsense",
    [
        b"220 mail.example ESMTP\r\n",
        b"HTTP/1.1 abc OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nx y: z\r\ncontent-length: 2\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nx: " + b"y" * 100_000 + b"\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n",
        HALF_CHUNKED + b"zz\r\n",
        b"HTTP/1.1 999 Whatever\r\ncontent-length: 20\r\n\r\nok",
    ],
)
async def test_nonsense_is_no_page(tmp_path: Path, nonsense: bytes) -> None:
    async with behaving(nonsense, tmp_path / "s") as backend, proxying(tmp_path / "s") as door:
        response = await request(door)
        await backend.until_hung_up()
    assert response.status == 502
    assert says(response, "What makes this page answered with something that is no page.")


async def test_what_hangs_is_cut_at_the_requests_deadline(tmp_path: Path) -> None:
    async with behaving(hang, tmp_path / "s") as backend, proxying(tmp_path / "s", settings=IMPATIENT) as door:
        response = await request(door)
        await backend.until_hung_up()
    assert response.status == 504
    assert says(response, "The page took too long.")


@pytest.mark.parametrize("half", [HALF, HALF_CHUNKED, HALF_CHUNKED + b"5\r\nhal"])
async def test_an_answer_that_breaks_off_stays_incomplete(
    tmp_path: Path, half: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    async def break_off(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(half)
        await writer.drain()
        await asyncio.sleep(0.05)
        writer.close()

    async with behaving(break_off, tmp_path / "s"), proxying(tmp_path / "s") as door:
        response = await request(door)
    assert (response.status, response.complete) == (200, False)
    assert b"halfhal".startswith(response.body)
    (record,) = [each for each in caplog.records if each.levelno == logging.WARNING]
    assert record.getMessage().startswith("shop broke off in the middle of an answer (")


async def test_an_answer_that_hangs_half_way_is_cut_and_stays_incomplete(tmp_path: Path) -> None:
    async def stop(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(HALF)
        await hang(reader, writer)

    async with behaving(stop, tmp_path / "s") as backend, proxying(tmp_path / "s", settings=IMPATIENT) as door:
        response = await request(door)
        await backend.until_hung_up()
    assert (response.status, response.body, response.complete) == (200, b"half", False)


async def test_a_client_that_leaves_while_it_waits_is_followed(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with behaving(hang, tmp_path / "s") as backend, proxying(tmp_path / "s") as door:
        response = await request(door, body=[b"", DISCONNECT])
        await backend.until_hung_up()
    assert response.messages == []
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0


async def test_a_client_that_leaves_in_the_middle_of_its_body_is_followed(tmp_path: Path) -> None:
    part: Message = {"type": "http.request", "body": b"a", "more_body": True}
    async with behaving(hang, tmp_path / "s") as backend, proxying(tmp_path / "s") as door:
        for body in ([part, DISCONNECT], [part, part, DISCONNECT]):
            headers = [HOST, (b"content-length", b"10")]
            response = await request(door, "POST", headers=headers, body=body)
            assert response.messages == []
        await backend.until_hung_up()


async def test_a_client_that_leaves_in_the_middle_of_the_answer_is_followed(tmp_path: Path) -> None:
    async def stop(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(HALF)
        await hang(reader, writer)

    async with behaving(stop, tmp_path / "s") as backend, proxying(tmp_path / "s") as door:
        response = await request(door, body=[b"", DISCONNECT])
        await backend.until_hung_up()
    assert not response.complete


async def test_a_body_that_grows_too_large_on_its_way_is_refused(tmp_path: Path) -> None:
    async with behaving(hang, tmp_path / "s") as backend, proxying(tmp_path / "s", settings=LIMITED) as door:
        response = await request(door, "POST", body=[b"a" * 1000, b"b" * 25, b"never read"])
        await backend.until_hung_up()
    assert (response.status, response.complete) == (413, True)


async def test_an_answer_that_comes_before_the_bodys_end_is_passed_on(tmp_path: Path) -> None:
    unfinished: list[Message] = [{"type": "http.request", "body": b"a", "more_body": True}]
    refused = b"HTTP/1.1 403 Forbidden\r\nconnection: close\r\ncontent-length: 2\r\n\r\nno"
    async with behaving(refused, tmp_path / "s"), proxying(tmp_path / "s") as door:
        response = await request(door, "POST", headers=[HOST, (b"content-length", b"10")], body=unfinished)
    assert (response.status, response.body, response.complete) == (403, b"no", True)


async def test_cancellation_from_outside_goes_through(tmp_path: Path) -> None:
    async with behaving(hang, tmp_path / "s") as backend, proxying(tmp_path / "s") as door:
        running = asyncio.create_task(request(door))
        await backend.until_asked(1)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        await backend.until_hung_up()


async def test_the_least_busy_gets_the_request(tmp_path: Path) -> None:
    free = asyncio.Event()

    async def wait(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await free.wait()
        writer.write(OK)

    sockets = [tmp_path / str(number) for number in range(3)]
    async with (
        behaving(wait, sockets[0]) as one,
        behaving(wait, sockets[1]) as two,
        behaving(wait, sockets[2]) as three,
        proxying(*sockets) as door,
    ):
        requests = [asyncio.create_task(request(door)) for _ in range(6)]
        for each in (one, two, three):
            await each.until_asked(2)
        free.set()
        await asyncio.gather(*requests)


async def test_connections_to_a_socket_that_is_gone_are_closed(tmp_path: Path) -> None:
    sockets = [tmp_path / "old"]
    upstream = Upstream("shop", lambda: sockets)
    async with behaving(OK, tmp_path / "old") as old, behaving(OK, tmp_path / "new") as new:
        await request(gateway(upstream))
        sockets[:] = [tmp_path / "new"]
        await request(gateway(upstream))
        await old.until_hung_up()
        await upstream.close()
        await new.until_hung_up()
    assert (len(old.heads), len(new.heads)) == (1, 1)


async def test_several_sockets_that_go_at_once_harm_no_request(tmp_path: Path) -> None:
    sockets = [tmp_path / str(number) for number in range(4)]
    upstream = Upstream("shop", lambda: sockets)
    async with AsyncExitStack() as stack:
        for each in sockets:
            await stack.enter_async_context(behaving(OK, each))
        door = gateway(upstream)
        await asyncio.gather(*(request(door) for _ in range(8)))
        del sockets[1:]
        answers = await asyncio.gather(*(request(door) for _ in range(8)))
        await upstream.close()
    assert [each.status for each in answers] == [200] * 8
