"""Everything that a module offers, used once or twice, with everything that it needs away."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import aclosing
from datetime import UTC, datetime
from itertools import count
from typing import Any, cast

import msgspec

from app.data.database import ModuleDatabase
from app.events.handlers import Handlers
from app.lint.alone.samples import Samples
from app.runtime.host import Host
from app.runtime.part import Part, dependencies
from app.runtime.web import WebSlot
from app.wire.codec import OperationCodec
from contracts.kit import Actor, Context, Error, Role, idempotency_key
from contracts.kit.context import root_scope
from contracts.kit.outbox import Record

log = logging.getLogger("freestone.alone")

ACTORS = (
    Actor(),
    Actor(id="ann", roles=frozenset({Role.CUSTOMER})),
    Actor(id="sam", roles=frozenset({Role.STAFF})),
    Actor(id="probe", roles=frozenset({Role.SYSTEM})),
)
ITEMS = 3
"""How many items of a stream are read."""
MOMENT = 0.2
"""Seconds that background work is given."""


async def exercise(host: Host, part: Part, samples: Samples) -> int:
    """Call, listen, be visited and wait; return how often the module was called. What goes wrong is in the logs."""
    module = part.module
    assert module is not None
    keys, calls = count(1), 0
    for contract in part.provides:
        for codec in host.codecs[str(contract)].operations.values():
            method = getattr(host.proxy(contract.protocol), codec.operation.name)
            for arguments in samples.calls.get(codec.key, {}).get(codec.operation.name, _none(codec)):
                for actor in ACTORS:
                    await _call(codec, method, arguments, actor, f"key {next(keys)}")
                    calls += 1
    if module.listens:
        await _hear(host, part, samples.events)
    for slot in host.slots.values():
        await _visit(slot)
    await asyncio.sleep(MOMENT)
    return calls


def _none(codec: OperationCodec) -> tuple[bytes, ...]:
    """Return what an operation can be called with when nothing is known: no arguments, if it takes none."""
    return (msgspec.msgpack.encode({}),) if all(each.has_default for each in codec.operation.parameters) else ()


async def _call(codec: OperationCodec, method: Any, arguments: bytes, actor: Actor, key: str) -> None:
    """Make one call; a declared error, or one of the pipeline's own, is an answer: what was not is logged there."""
    form = codec.arguments.decode(arguments)
    with root_scope(Context(request_id="probe", actor=actor)):
        try:
            if codec.operation.semantics.kind == "stream":
                await _read(cast("AsyncIterator[object]", codec.invoke(method, form)))
            elif codec.operation.semantics.repeat is not None:
                with idempotency_key(key):
                    await codec.invoke(method, form)
            else:
                await codec.invoke(method, form)
        except Error as error:
            log.debug("%s answers %r", codec.name, error)


async def _read(stream: Any) -> None:
    left = ITEMS
    async with aclosing(stream):
        async for _ in stream:
            left -= 1
            if not left:
                break


async def _hear(host: Host, part: Part, events: Mapping[str, Sequence[bytes]]) -> None:
    module = part.module
    assert module is not None
    container = host.container(part.name)
    handed = [provider() for provider in dependencies(container).values()]
    database = next(each for each in handed if isinstance(each, ModuleDatabase))
    handlers = Handlers(part.name, module.listens)
    for event in module.listens:
        for number, payload in enumerate(events.get(event.code, ()), 1):
            record = Record(
                sequence=number,
                code=event.code,
                key="probe",
                payload=payload,
                request_id="probe",
                published=datetime.now(UTC),
            )
            try:
                async with database.transaction() as work:
                    await handlers.handle(record, work)
            except Exception:
                log.exception("the handler of %s failed", event.code)


async def _visit(slot: WebSlot) -> None:
    """GET the path of a BFF; without what it needs it may say that it is out of service, and nothing worse."""
    statuses: list[int] = []

    async def receive() -> Mapping[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Mapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    request = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": slot.path,
        "raw_path": slot.path.encode(),
        "root_path": "",
        "query_string": b"",
        "headers": [(b"host", b"alone.test")],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
        "state": {},
    }
    if slot.app is None:
        return
    with root_scope(Context(request_id="probe")):
        try:
            await slot.app(request, receive, send)
        except Exception:
            log.exception("GET %s failed", slot.path)
            return
    if not statuses or (statuses[0] >= 500 and statuses[0] != 503):
        log.error("GET %s answers %s", slot.path, statuses[0] if statuses else "nothing")
