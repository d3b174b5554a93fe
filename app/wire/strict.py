"""The carrier *strict*: a call stays in this process, but goes through the codec, and twice where it may be repeated.

So what would not cross a process, or not bear to arrive twice, shows while everything still runs in one.
"""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from typing import Any, NoReturn, final

import msgspec

from app.runtime.target import Target
from app.wire.codec import ContractCodec, OperationCodec, error_form
from app.wire.limits import Limits
from app.wire.remote import Sender, remote_target
from contracts.kit import Error
from contracts.kit.context import current_frame

LARGEST = Limits().frame
"""Bytes that may cross at once."""


def strict_target(target: Target, codec: ContractCodec) -> Target:
    """Return a target to be bound, retired and drained instead of another, which is drained with it.

    Queries, and repeatable commands under a key (a random one where the caller gave none), are executed twice,
    and the second answer is given; only once where the first execution was cancelled or failed.
    """

    async def close() -> None:
        target.retired = True
        await target.drain()

    sent = remote_target(codec, StrictSender(target), target.limit)
    return Target(sent.provider, sent.limit, once=sent.once, close=close)


@final
class StrictSender(Sender):
    """Carries calls, streams and what comes of them through the codec to a target in this process.

    They are executed in the task and the frame that they have already, so there is one pipeline and not two.
    """

    def __init__(self, target: Target) -> None:
        self._target = target

    async def call(self, operation: OperationCodec, arguments: dict[str, Any], key: str | None) -> Any:
        sent = _sent(operation, arguments)
        if key is None and operation.operation.name in self._target.once:
            key = secrets.token_hex(16)
        if key is not None or operation.operation.semantics.kind == "query":
            try:
                result = await self._execute(operation, sent, key)
            except Error as error:
                if type(error) not in operation.operation.semantics.raises or _is_cancelled():
                    raise
            else:
                if _is_cancelled():
                    return result
        return await self._execute(operation, sent, key)

    async def stream(self, operation: OperationCodec, arguments: dict[str, Any]) -> AsyncIterator[Any]:
        form = _decoded(operation, _sent(operation, arguments))
        items = operation.invoke(getattr(self._target.provider, operation.operation.name), form)
        try:
            async for item in items:
                yield operation.result.decode(_encoded(item))
        except Error as error:
            _pass_on(operation, error)
        finally:
            close = getattr(items, "aclose", None)
            if close is not None:
                await close()

    async def _execute(self, operation: OperationCodec, sent: bytes, key: str | None) -> Any:
        name, form = operation.operation.name, _decoded(operation, sent)
        method = getattr(self._target.provider, name)
        try:
            if key is None:
                result = await operation.invoke(method, form)
            else:
                arguments = tuple(getattr(form, each) for each in operation.names)
                result = await self._target.once[name](current_frame(), key, method, arguments)
        except Error as error:
            _pass_on(operation, error)
        return operation.result.decode(_encoded(result))


def _is_cancelled() -> bool:
    """Say whether the running call was cancelled and has let that pass: it will not be cancelled again."""
    frame = current_frame()
    return frame.task is not None and frame.task.cancelling() > frame.base


def _encoded(value: object) -> bytes:
    encoded = msgspec.msgpack.encode(value)
    if len(encoded) > LARGEST:
        raise ValueError(f"it takes {len(encoded)} bytes; no more than {LARGEST} cross at once")
    return encoded


def _sent(operation: OperationCodec, arguments: dict[str, Any]) -> bytes:
    try:
        return _encoded(arguments)
    except Exception as error:  # noqa: BLE001 - whatever it is, the arguments cannot be sent
        raise operation.bad_argument(error) from None


def _decoded(operation: OperationCodec, sent: bytes) -> Any:
    try:
        return operation.arguments.decode(sent)
    except Exception as error:  # noqa: BLE001 - whatever it is, the arguments cannot be sent
        raise operation.bad_argument(error) from None


def _pass_on(operation: OperationCodec, error: Error) -> NoReturn:
    """Raise a declared error as it comes out of the codec; what becomes of the others is the pipeline's."""
    if type(error) not in operation.operation.semantics.raises:
        raise error
    raise operation.error(error.code, msgspec.Raw(_encoded(error_form(error)))) from None
