"""A lean HTTP client for loads: a library's would be what is measured."""

from __future__ import annotations

import asyncio
import time


async def get(port: int, path: str) -> tuple[int, bytes]:
    """Fetch one page on a connection of its own; return its status and body."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        return await _fetch(reader, writer, _request(port, path))
    finally:
        writer.close()


async def pages_per_second(port: int, path: str, *, callers: int, seconds: float) -> float:
    """Fetch a page over and over on kept connections; every answer must be 200."""
    request, until = _request(port, path), time.perf_counter() + seconds
    began = time.perf_counter()
    counts = await asyncio.gather(*(_load(port, request, until) for _ in range(callers)))
    return sum(counts) / (time.perf_counter() - began)


async def _load(port: int, request: bytes, until: float) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    count = 0
    try:
        while time.perf_counter() < until:
            status, _ = await _fetch(reader, writer, request)
            if status != 200:
                raise RuntimeError(f"answered {status}")
            count += 1
    finally:
        writer.close()
    return count


async def _fetch(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> tuple[int, bytes]:
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    length = next(int(line[15:]) for line in lines if line.lower().startswith(b"content-length:"))
    return int(lines[0].split()[1]), await reader.readexactly(length)


def _request(port: int, path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAccept: text/html\r\n\r\n".encode()
