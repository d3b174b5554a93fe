"""What stands behind a contract whose provider is elsewhere: an object whose methods send calls."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, NamedTuple, Protocol

from app.runtime.signature import signature
from app.runtime.target import Once, Target
from app.wire.codec import ContractCodec, OperationCodec
from contracts.kit import Context
from contracts.kit.context import NEVER, current_frame


class Sender(Protocol):
    """A carrier's own part: how one call, or one stream, gets there and back.

    Both read who calls and how long is left with `envelope`, and raise what the callee raised, or
    `Unavailable`. The pipeline around them sees to deadlines: it cancels.
    """

    def call(self, operation: OperationCodec, arguments: dict[str, Any], key: str | None) -> Awaitable[Any]:
        """Send a query or a command, under an idempotency key if there is one, and return its result."""

    def stream(self, operation: OperationCodec, arguments: dict[str, Any]) -> AsyncIterator[Any]:
        """Return a stream's items; sent when the first is asked for, ended by its `aclose`."""


class Envelope(NamedTuple):
    """What goes with the call that is being sent now.

    ``due`` is when the caller gives up, in nanoseconds of this process's monotonic clock, None for never.
    """

    caller: str
    context: Context
    due: int | None


def envelope() -> Envelope:
    """Return the envelope of the running task's call; to be asked for by a `Sender` alone."""
    frame = current_frame()
    due = frame.due
    if frame.route.operation.semantics.kind == "stream":
        # The frame's own time is for one item; the callee counts that itself.
        assert frame.outer is not None
        due = frame.outer.due
    return Envelope(frame.route.caller, frame.context, None if due >= NEVER else due)


def remote_target(codec: ContractCodec, sender: Sender, limit: int) -> Target:
    """Return a target whose every operation is sent."""
    methods = {name: _method(each, sender) for name, each in codec.operations.items()}
    protocol = codec.contract.protocol
    provider = type(f"Remote{protocol.__name__}", (protocol,), {"__slots__": (), **methods})()
    repeatable = (each for each in codec.operations.values() if each.operation.semantics.repeat is not None)
    return Target(provider, limit, once={each.operation.name: _once(each, sender) for each in repeatable})


def _method(codec: OperationCodec, sender: Sender) -> Callable[..., Any]:
    operation = codec.operation
    named = ", ".join(f'"{each.name}": {each.name}' for each in operation.parameters)
    is_stream = operation.semantics.kind == "stream"
    sent = f"_stream(_codec, {{{named}}})" if is_stream else f"_call(_codec, {{{named}}}, None)"
    defaults = {f"_default_{each.name}": each.default for each in operation.parameters if each.has_default}
    namespace = {"_call": sender.call, "_stream": sender.stream, "_codec": codec, **defaults}
    made: Callable[..., Any] = eval(f"lambda {signature(operation)}: {sent}", namespace)  # noqa: S307 - the text is made here
    return made


def _once(codec: OperationCodec, sender: Sender) -> Once:
    def once(_frame: object, key: str, _target: object, arguments: tuple[Any, ...]) -> Awaitable[Any]:
        return sender.call(codec, dict(zip(codec.names, arguments, strict=True)), key)

    return once
