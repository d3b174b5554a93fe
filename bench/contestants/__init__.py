"""Those who are compared: each has a server and a client, in processes of their own, and does the same work.

Each of the modules here gives two context managers for an event loop: ``serve`` yields a `Served`, ``call`` a `Calls`.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

CONTESTANTS: Mapping[str, tuple[str, str]] = {
    "wire_unix": ("wire", "our wire, Unix socket"),
    "wire_tcp": ("wire", "our wire, TCP"),
    "wire_mtls": ("wire", "our wire, TCP with mutual TLS"),
    "door": ("door", "our HTTP door and its client"),
    "grpc": ("grpc_aio", "gRPC aio"),
    "nats": ("nats_reply", "NATS request-reply"),
    "aiohttp": ("aiohttp_asgi", "aiohttp to a bare ASGI app"),
    "httpx": ("httpx_fastapi", "httpx to FastAPI"),
}
"""Each contestant's module and what it is, by the name that its figures have."""


class CannotRun(Exception):
    """A contestant does not take part; one sentence says why."""


class Place(NamedTuple):
    """Which contestant it is, by its figures' name, and a folder for what its two processes share."""

    name: str
    folder: Path


class Served(NamedTuple):
    """Where a server listens, and how many seconds of CPU it has used, whoever else works for it included."""

    address: str
    cpu: Callable[[], float] = time.process_time


class Calls(NamedTuple):
    """How a client asks for the product and for the page; what comes back has a ``name``, or twenty that have."""

    product: Callable[[], Awaitable[Any]]
    page: Callable[[], Awaitable[Any]]
