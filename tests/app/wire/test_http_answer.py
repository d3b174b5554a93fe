"""What is not the answer that a contract promises is never taken for one."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from pathlib import Path

import pytest

from contracts.kit import Internal, Overloaded, Unavailable
from tests.app.wire.library import BOOK, strange


def answer(kind: str, body: bytes, status: str = "200 OK") -> bytes:
    head = f"HTTP/1.1 {status}\r\ncontent-type: {kind}\r\ncontent-length: {len(body)}\r\n\r\n"
    return head.encode() + body


def chunked(*chunks: bytes, end: bytes = b"0\r\n\r\n") -> bytes:
    head = b"HTTP/1.1 200 OK\r\ncontent-type: application/x-ndjson\r\ntransfer-encoding: chunked\r\n\r\n"
    return head + b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks) + end


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (b"", "the connection was lost"),
        (b"HTTP/1.1 200 OK\r\n", "the connection was lost"),
        (answer("application/json", b"null")[:-1], "the connection was lost"),
        (b"220 mail.example\r\n", "no HTTP"),
        (answer("text/html", b"<html>"), "200 with text/html"),
        (answer("application/json", b"null", "201 Created"), "201 with application/json"),
        (answer("text/html", b"<html>", "502 Bad Gateway"), "502 with text/html"),
        (answer("application/json", b"{}", "500 Whatever"), "500 with application/json"),
        (answer("application/problem+json", b'{"status":500}', "500 Whatever"), "no code"),
        (answer("application/problem+json", b"\xff", "500 Whatever"), "no code"),
        (b"HTTP/1.1 302 Found\r\nlocation: /rpc/\r\ncontent-length: 0\r\n\r\n", "302 with nothing"),
        (answer("application/json", b" " * 5000), "larger than 4,096 bytes"),
        (answer("application/problem+json", b" " * 5000, "409 Conflict"), "larger than 4,096 bytes"),
    ],
)
async def test_any_other_answer_leaves_open_what_was_done(tmp_path: Path, said: bytes, reason: str) -> None:
    async def say(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(said)
        writer.close()

    async with strange(tmp_path, say) as (_, proxy):
        with pytest.raises(Unavailable) as raised:
            await proxy.close()
    assert raised.value.may_have_executed
    assert reason in raised.value.reason


@pytest.mark.parametrize(
    ("said", "error"),
    [
        (answer("application/json", b'{"isbn":1}'), Internal),
        (answer("application/json", b'{"isbn"'), Internal),
        (answer("application/json", b""), Internal),
        (answer("application/problem+json", b'{"code":"library.unheard_of"}', "409 Conflict"), Internal),
        (answer("application/problem+json", b'{"code":"library.not_held","fields":{}}', "409 Conflict"), Internal),
        (
            answer("application/problem+json", b'{"code":"call.overloaded","fields":{"operation":"x"}}', "429 Slow"),
            Overloaded,
        ),
    ],
)
async def test_a_damaged_answer_is_a_failure_of_the_module(tmp_path: Path, said: bytes, error: type[Exception]) -> None:
    async with strange(tmp_path, said) as (_, proxy):
        with pytest.raises(error):
            await proxy.find("1")


LINE = b'{"item":{"isbn":"1","title":"\xc3\x84rger","pages":100}}\n'


@pytest.mark.parametrize(
    "chunks",
    [
        [LINE, LINE],
        [LINE + LINE],
        [bytes([each]) for each in LINE + LINE],
        [LINE[:10], LINE[10:] + b"\n" + LINE[:5], LINE[5:-1]],
    ],
)
async def test_lines_may_come_in_any_pieces(tmp_path: Path, chunks: list[bytes]) -> None:
    async with strange(tmp_path, chunked(*chunks)) as (_, proxy):
        assert [book async for book in proxy.shelf(())] == [BOOK, BOOK]


@pytest.mark.parametrize(
    ("said", "error", "reason"),
    [
        (chunked(LINE, end=b""), Unavailable, "the connection was lost"),
        (chunked(LINE, end=b"4\r\n{"), Unavailable, "the connection was lost"),
        (chunked(LINE + b" " * 5000), Unavailable, "larger than 4,096 bytes"),
        (chunked(LINE + b" " * 5000 + b"\n"), Unavailable, "larger than 4,096 bytes"),
        (chunked(LINE + b"{}\n"), Internal, "damaged result"),
        (chunked(LINE + b"[]\n"), Internal, "damaged result"),
        (chunked(LINE + b'{"item":{"isbn":1}}\n'), Internal, "damaged result"),
        (chunked(LINE + b'{"problem":{}}\n'), Internal, "damaged result"),
    ],
)
async def test_a_stream_that_does_not_come_to_its_end_does_not_pass_for_one_that_does(
    tmp_path: Path, said: bytes, error: type[Exception], reason: str
) -> None:
    async def say(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(said)
        await writer.drain()
        await go_on.wait()
        writer.close()

    go_on = asyncio.Event()
    async with strange(tmp_path, say) as (_, proxy):
        books = proxy.shelf(())
        assert await anext(books) == BOOK
        go_on.set()
        with pytest.raises(error, match=reason):
            await anext(books)


async def test_a_stream_that_says_not_where_it_ends_is_refused(tmp_path: Path) -> None:
    async def say(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/jsonl\r\n\r\n" + LINE)
        writer.close()

    async with strange(tmp_path, say) as (_, proxy):
        with pytest.raises(Unavailable, match="does not say where it ends"):
            await anext(proxy.shelf(()))


async def test_a_stream_waits_for_its_reader_and_ends_with_it(tmp_path: Path) -> None:
    sent = 0

    async def flood(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        writer.write(chunked(end=b""))
        while True:
            writer.write(chunked(LINE * 1000, end=b"").partition(b"\r\n\r\n")[2])
            await writer.drain()
            sent += 1000 * len(LINE)

    async with strange(tmp_path, flood) as (backend, proxy):
        async with aclosing(proxy.shelf(())) as books:  # type: ignore[type-var]  # it has one
            assert await anext(books) == BOOK
            before = -1
            while sent != before:
                before = sent
                await asyncio.sleep(0.2)
            assert 0 < sent < 8 << 20
        await backend.until_hung_up()
