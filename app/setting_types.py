"""Types that a setting can have beside msgspec's own, and what every type takes, in words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from ipaddress import ip_network
from pathlib import Path
from typing import Any, get_args, get_origin
from urllib.parse import urlsplit

from msgspec import inspect


class PublicUrl(str):
    """The address under which people reach the store: scheme, host and port, in lower case, nothing more."""

    __slots__ = ()

    @property
    def secure(self) -> bool:
        """Whether people come by https."""
        return self.startswith("https:")

    @property
    def authority(self) -> str:
        """The host, with the port where it is not the scheme's own: what a browser sends as Host."""
        return self.partition("//")[2]


class Network(str):
    """An address or a network of addresses, e.g. 10.0.0.0/8."""

    __slots__ = ()


class DatabaseUrl(str):
    """A PostgreSQL database and who logs in there: ``postgresql://user[:password]@host[:port]/database[?…]``."""

    __slots__ = ()


class DataPlace(str):
    """A `DatabaseUrl`, or the word sqlite for a file in the data folder, with ``:/folder`` for one in another."""

    __slots__ = ()


def parse(kind: type, value: object) -> Any:
    """Make a value of one of the types above, or a Path; ValueError where that cannot be. A msgspec ``dec_hook``."""
    if not isinstance(value, str):
        raise ValueError("not text")
    return _CUSTOM[kind][0](value)


def accepts(annotation: Any) -> str:
    """Say in words what a setting of this type takes, e.g. ``a whole number from 0 to 65535``."""
    return _words(inspect.type_info(annotation))


def free_table(annotation: Any) -> tuple[Any, Any] | None:
    """Return the types of a table's names and values where its names are free, None for every other setting."""
    if get_origin(annotation) is not Mapping:
        return None
    name, value = get_args(annotation)
    return name, value


def strays(annotation: Any, given: object) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield every key of tables inside a value that their types do not have, with those that they have."""
    yield from _strays(inspect.type_info(annotation), given)


def _strays(info: inspect.Type, given: object) -> Iterator[tuple[str, tuple[str, ...]]]:
    match info, given:
        case inspect.Metadata(), _:
            yield from _strays(info.type, given)
        case inspect.StructType(), dict():
            fields = {field.encode_name: field.type for field in info.fields}
            for key, value in given.items():
                if key in fields:
                    yield from _strays(fields[key], value)
                else:
                    yield key, tuple(fields)
        case ((inspect.VarTupleType() | inspect.ListType() | inspect.FrozenSetType()), list()):
            for item in given:
                yield from _strays(info.item_type, item)
        case inspect.DictType(), dict():
            for value in given.values():
                yield from _strays(info.value_type, value)
        case inspect.UnionType(), _:
            structs = [each for each in info.types if isinstance(each, inspect.StructType)]
            if len(structs) == 1:
                yield from _strays(structs[0], given)


def _folder(text: str) -> Path:
    if not text or "\0" in text:
        raise ValueError("no path")
    return Path(text)


def _public_url(text: str) -> PublicUrl:
    match = re.fullmatch(r"(https?)://([a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(:[0-9]+)?/?", text.lower())
    if match is None:
        raise ValueError("no address")
    scheme, host, port = match.groups(default="")
    if urlsplit(f"//{host}{port}").port == {"http": 80, "https": 443}[scheme]:
        port = ""
    return PublicUrl(f"{scheme}://{host}{port}")


def _network(text: str) -> Network:
    return Network(ip_network(text))


def _database_url(text: str) -> DatabaseUrl:
    match = re.fullmatch(r"postgres(?:ql)?://([a-z_][a-z0-9_]*)(:[^@/?#]*)?@([^/?#]*)/([^/?#]+)(\?[^#]*)?", text)
    if match is None:
        raise ValueError("no address")
    urlsplit(f"//{match[3]}").port  # noqa: B018  # ValueError where it is none
    return DatabaseUrl(f"postgresql://{match[1]}{match[2] or ''}@{match[3]}/{match[4]}{match[5] or ''}")


def _data_place(text: str) -> DataPlace:
    return DataPlace(text if re.fullmatch(r"sqlite(:/[^\0]*)?", text) else _database_url(text))


_URL = "text such as postgresql://user:password@host:5432/database"

_CUSTOM: dict[type, tuple[Callable[[str], Any], str]] = {
    Path: (_folder, "a path"),
    PublicUrl: (_public_url, "an address such as https://shop.example, without a path"),
    Network: (_network, "an address or a network such as 10.0.0.0/8"),
    DatabaseUrl: (_database_url, _URL),
    DataPlace: (_data_place, f"{_URL}, sqlite:/folder, or sqlite"),
}


def _words(info: inspect.Type) -> str:
    match info:
        case inspect.Metadata():
            return str((info.extra_json_schema or {}).get("description") or _words(info.type))
        case inspect.UnionType():
            return " or ".join(_words(each) for each in info.types if not isinstance(each, inspect.NoneType))
        case inspect.VarTupleType() | inspect.ListType() | inspect.FrozenSetType():
            return f"a list, each item {_words(info.item_type)}"
        case inspect.DictType():
            return f"a table, each value {_words(info.value_type)}"
        case inspect.EnumType():
            return "one of " + ", ".join(str(member.value) for member in info.cls)
        case inspect.LiteralType():
            return "one of " + ", ".join(map(str, info.values))
        case inspect.StructType():
            return "a table of " + ", ".join(field.encode_name for field in info.fields)
        case inspect.CustomType(cls=kind) if kind in _CUSTOM:
            return _CUSTOM[kind][1]
        case inspect.BoolType():
            return "true or false"
        case inspect.IntType():
            return "a whole number" + _range(info)
        case inspect.FloatType():
            return "a number" + _range(info)
        case inspect.StrType(pattern=str(pattern)):
            return f"text that matches {pattern}"
        case inspect.StrType():
            return "text" + _length(info)
    return "a " + type(info).__name__.removesuffix("Type").lower()


def _range(info: inspect.IntType | inspect.FloatType) -> str:
    if info.ge is not None and info.le is not None:
        return f" from {info.ge:g} to {info.le:g}" if isinstance(info.ge, float) else f" from {info.ge} to {info.le}"
    bounds = {"at least": info.ge, "more than": info.gt, "at most": info.le, "less than": info.lt}
    parts = [f"{words} {bound}" for words, bound in bounds.items() if bound is not None]
    return f" of {' and '.join(parts)}" if parts else ""


def _length(info: inspect.StrType) -> str:
    bounds = {"at least": info.min_length, "at most": info.max_length}
    parts = [f"{words} {bound}" for words, bound in bounds.items() if bound is not None]
    return f" of {' and '.join(parts)} characters" if parts else ""
