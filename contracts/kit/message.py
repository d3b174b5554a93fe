"""Messages and events: the frozen, typed values that may cross a boundary."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any, ClassVar, Protocol, dataclass_transform, get_type_hints

import msgspec

from contracts.kit.bounds import Check, checker
from contracts.kit.errors import ContractError


class _MessageMeta(msgspec.StructMeta):
    """Make every message frozen and keyword-only, and refuse what would make it less.

    msgspec lets heirs inherit the former, but not the latter.
    """

    def __new__(mcs, name: str, bases: tuple[type, ...], namespace: dict[str, Any], **options: Any) -> _MessageMeta:
        for option, value in options.items():
            if option not in _OPTIONS and (option, value) not in _ALWAYS:
                raise ContractError(f"{name} is declared with {option}={value!r}; a message takes tag= only: drop it.")
        if "__post_init__" in namespace and bases != (msgspec.Struct,):
            raise ContractError(f"{name} has a __post_init__ of its own, which lifts its bounds; say them as Meta.")
        options.update(_ALWAYS)
        return super().__new__(mcs, name, bases, namespace, **options)


_OPTIONS = ("tag", "tag_field")
_ALWAYS = (("frozen", True), ("kw_only", True))


@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(msgspec.field,))
class Message(msgspec.Struct, metaclass=_MessageMeta, frozen=True, kw_only=True):
    """A value that may cross a boundary: frozen, keyword-only, unknown fields ignored when decoded.

    Bounds given with ``Annotated[…, Meta(…)]`` hold when a message is constructed, not only when it
    is decoded: breaking one raises ``InvalidArgument`` with the field's name, so that a call fails
    the same way in-process and across processes.
    """

    def __post_init__(self) -> None:
        if _being_decoded():
            return
        cls = type(self)
        try:
            check = _checks[cls]
        except KeyError:
            check = _checks[cls] = checker(cls.__name__, _fields(cls))
        if check is not None:
            check([getattr(self, name) for name in check.names])


class Decodes(Protocol):
    """What a decoder of msgspec's does."""

    def decode(self, data: Any, /) -> Any: ...


class Decoder:
    """A decoder of messages that checks each bound once: msgspec's own checks them all when it decodes."""

    __slots__ = ("_decode",)

    def __init__(self, decoder: Decodes) -> None:
        self._decode = decoder.decode

    def decode(self, data: bytes | msgspec.Raw) -> Any:
        """Decode a value; raises what msgspec's decoder raises."""
        token = _decoding.set(True)
        try:
            return self._decode(data)
        finally:
            _decoding.reset(token)


class Event(Message):
    """Something that happened, published by the module that provides the contract it belongs to.

    ``code`` is its stable name on the wire, ``contract.what_happened``. ``key`` names the field within
    whose values order is kept: two events with the same key are handled in the order of publication.
    """

    code: ClassVar[str]
    key: ClassVar[str]

    def ordering_key(self) -> str:
        """The value of the field that ``key`` names, as text."""
        return str(getattr(self, type(self).key))


def is_event(candidate: object) -> bool:
    """Say whether a value is a class of events."""
    return isinstance(candidate, type) and issubclass(candidate, Event)


def _fields(cls: type[Message]) -> dict[str, Any]:
    hints = get_type_hints(cls, include_extras=True)
    return {name: hints[name] for name in cls.__struct_fields__}


_checks: dict[type[Message], Check | None] = {}
_decoding: ContextVar[bool] = ContextVar("freestone_decoding", default=False)
_being_decoded = _decoding.get
