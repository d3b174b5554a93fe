"""Which types can cross a process: immutable, serialisable, and told apart when decoded.

Types say little of some values: a whole number beyond 64 bits, a float that is not finite and text with
lone surrogates have types that cross, and are refused by the codec. Bounds refuse the numbers in-process too.
"""

from __future__ import annotations

import re
import types
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin
from uuid import UUID

import msgspec

from contracts.kit.bounds import meant
from contracts.kit.message import Event, Message

_SCALARS = (None, type(None), bool, int, float, str, bytes, Decimal, UUID, date, time, timedelta)
_MUTABLE = {
    list: "tuple[…, ...]",
    set: "frozenset[…]",
    dict: "tuple[…, ...] of a Message with the key and the value",
    bytearray: "bytes",
}
_CODEC_MENDS = {
    Annotated: "correct its Meta",
    Enum: "give its members texts, or whole numbers",
    Literal: "list texts or whole numbers",
    tuple: "say tuple[X, ...], or tuple[X, Y] for two values",
    types.UnionType: "say one type, or give its messages a tag (tag=True)",
    Union: "say one type, or give its messages a tag (tag=True)",
}

_sound: set[type] = set()


def problems(annotation: Any, seen: frozenset[Any] = frozenset()) -> Iterator[str]:
    """Yield a sentence for every reason why values of this type could not cross a process."""
    found = list(_problems(annotation, seen))
    yield from found or _codec_problems(annotation)


def message_problems(message: type[msgspec.Struct], seen: frozenset[Any] = frozenset()) -> Iterator[str]:
    """Yield a sentence for every field of a message, or of an error's form, that could not cross a process."""
    if message in _sound:
        return
    found = list(_field_problems(message, seen | {message}))
    if not found and not seen:
        _sound.add(message)
    yield from found


def default_problems(default: object, annotation: Any) -> Iterator[str]:
    """Yield a sentence if a default is not a value of its type."""
    try:
        value = msgspec.convert(default, annotation)
    except msgspec.ValidationError as error:
        yield f"its default does not fit its type ({error}); give one that does"
        return
    is_of_type = type(value) is type(default) or (type(value), type(default)) == (float, int)
    if not is_of_type or value != default:
        yield f"its default {default!r} is not of its type; say {value!r}"


def _problems(annotation: Any, seen: frozenset[Any]) -> Iterator[str]:
    origin, args = get_origin(annotation), get_args(annotation)
    if annotation in _SCALARS or annotation == tuple[()] or origin is Literal:
        return
    if meant(annotation) is not annotation:
        if annotation in seen:
            yield f"{_name(annotation)} contains itself; say it with a Message"
        else:
            yield from problems(meant(annotation), seen | {annotation})
    elif origin is Annotated:
        yield from _annotated_problems(annotation, seen)
    elif origin is Union or origin is types.UnionType or (origin in (tuple, frozenset) and args):
        for part in args:
            if part is not Ellipsis:
                yield from problems(part, seen)
    elif annotation in (tuple, frozenset) or origin in (tuple, frozenset):
        yield f"a bare {_name(annotation)} does not say what it holds; say {_name(annotation)}[…]"
    elif annotation in _MUTABLE or origin in _MUTABLE:
        yield f"{_name(annotation)} could change under its reader; say {_MUTABLE[origin or annotation]}"
    elif annotation is datetime:
        yield "a datetime without a time zone means another instant elsewhere; say Annotated[datetime, Meta(tz=True)]"
    elif isinstance(annotation, type) and issubclass(annotation, msgspec.Struct):
        yield from _struct_problems(annotation, seen)
    elif not _is_enum(annotation):
        yield _foreign(annotation, origin)


def _field_problems(message: type[msgspec.Struct], seen: frozenset[Any]) -> Iterator[str]:
    try:
        fields = msgspec.structs.fields(message)
    except NameError as error:
        yield f"a field's type of {message.__name__} cannot be resolved ({error}); import it at run time"
        return
    for field in fields:
        found = list(problems(field.type, seen))
        if not found and not field.required:
            default = field.default if field.default_factory is msgspec.NODEFAULT else field.default_factory()
            found = list(default_problems(default, field.type))
        for problem in found:
            yield problem if problem.startswith("field ") else f"field {message.__name__}.{field.name}: {problem}"


def _annotated_problems(annotation: Any, seen: frozenset[Any]) -> Iterator[str]:
    metas = [extra for extra in annotation.__metadata__ if isinstance(extra, msgspec.Meta)]
    if not any(meta.tz for meta in metas):
        yield from problems(annotation.__origin__, seen)
    for meta in metas:
        if meta.pattern is not None and re.search(r"(?<!\\)\$$", meta.pattern):
            yield f"the pattern {meta.pattern} lets a line break pass at the end; end it with $(?!\\n)"


def _struct_problems(struct: type[msgspec.Struct], seen: frozenset[Any]) -> Iterator[str]:
    if struct in (Message, Event):
        yield f"{_name(struct)} has no fields of its own to be decoded; name a message"
    elif not issubclass(struct, Message):
        yield f"{_name(struct)} is a plain Struct, which can be mutable; derive it from Message"
    elif struct not in seen:
        yield from message_problems(struct, seen)


def _foreign(annotation: Any, origin: Any) -> str:
    if annotation is Any or annotation is object or isinstance(annotation, TypeVar):
        return f"{_name(annotation)} can be anything; name the type"
    if isinstance(origin, type) and issubclass(origin, Message):
        return f"{_name(annotation)} is generic; make a Message for each type"
    return f"{_name(annotation)} cannot cross a process; use a Message, or a plain value"


def _codec_problems(annotation: Any) -> Iterator[str]:
    try:
        msgspec.msgpack.Decoder(annotation)
    except (TypeError, NotImplementedError) as error:
        reason = re.split(r",?(?: -)? typ(?:e `|ing\.)|\. ", str(error).splitlines()[0])[0]
        kind = Enum if _is_enum(annotation) else get_origin(annotation)
        yield f"{_name(annotation)} cannot be decoded ({reason}); {_CODEC_MENDS.get(kind, 'name another type')}"


def _is_enum(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, Enum)


def _name(annotation: Any) -> str:
    return getattr(annotation, "__name__", str(annotation)) if not get_args(annotation) else str(annotation)
