"""Reading settings from a TOML file and from variables; whatever is wrong is refused in one sentence."""

from __future__ import annotations

import re
import reprlib
import tomllib
from collections.abc import Collection, Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, get_type_hints

import msgspec

from app.errors import LaunchRefused
from app.setting_types import accepts, free_table, parse, strays
from contracts.kit import InvalidArgument

PREFIX = "FREESTONE_"


def read_file(path: Path, *, optional: bool) -> dict[str, Any]:
    """Return the file's tables; none where it is ``optional`` and not there."""
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        if optional:
            return {}
        raise LaunchRefused(f"There is no settings file {path}.") from None
    except OSError as error:
        raise LaunchRefused(f"The settings file {path} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError as error:
        raise LaunchRefused(f"The settings file {path} is not UTF-8 text (byte {error.start}).") from None
    except tomllib.TOMLDecodeError as error:
        raise LaunchRefused(f"The settings file {path} is not TOML: {error}.") from None


def subtable(file: str, title: str, found: object) -> Mapping[str, Any]:
    """Return what stands under ``[title]``, which must be a table."""
    if not isinstance(found, dict):
        raise LaunchRefused(f"{file}: {title} must be a table; write [{title}] above its keys.")
    return found


def read(
    kind: type[msgspec.Struct],
    place: str,
    table: Mapping[str, Any],
    variables: Mapping[str, str],
    module: str | None = None,
) -> dict[str, Any]:
    """Return those fields of ``kind`` that the table or, with more weight, a variable gives.

    ``place`` is file and title, ``module`` whose settings these are.
    """
    hints = get_type_hints(kind, include_extras=True)
    fields = kind.__struct_fields__
    for key in table:
        if key not in fields:
            raise LaunchRefused(f"{place}: {key} is not a setting{rather(key, fields)}")
    values = {key: _value(f"{place} {key}", hints[key], given) for key, given in table.items()}
    for key in fields:
        variable = variable_of(key, module)
        if variable in variables:
            values[key] = _from_text(variable, hints[key], variables[variable])
    return values


def require(kind: type[msgspec.Struct], place: str, values: Mapping[str, Any], module: str | None) -> None:
    """Raise `LaunchRefused` for a field of ``kind`` that has no default and was not given.

    ``module`` is whose settings these are, None where no variable can give them.
    """
    for field in msgspec.structs.fields(kind):
        if field.required and field.name not in values:
            variable = f" or in {variable_of(field.name, module)}" if module else ""
            raise LaunchRefused(f"{place}: {field.name} is missing; set it there{variable}.")


def variable_of(key: str, module: str | None = None) -> str:
    """Return the name of the variable that overrides a key."""
    return PREFIX + (f"{module}_{key}" if module else key).upper()


def variables_of(kind: type[msgspec.Struct], module: str | None = None) -> list[str]:
    """Return the names of the variables that override the fields of ``kind``."""
    return [variable_of(key, module) for key in kind.__struct_fields__]


def owner(variable: str, modules: Collection[str]) -> str | None:
    """Say which module a variable is for: where `cart` and `cart_rules` both exist, the longest name that fits."""
    fitting = [name for name in modules if variable.startswith(variable_of("", name))]
    return max(fitting, key=len, default=None)


def rather(given: str, accepted: Iterable[str]) -> str:
    """End a sentence about an unknown name with the one that was probably meant, or with all there are."""
    names = sorted(accepted)
    if close := get_close_matches(given, names, n=1):
        return f"; did you mean {close[0]}?"
    return f"; there are {', '.join(names)}." if names else "; there are none."


def _value(where: str, annotation: Any, given: object, *, strict: bool = True) -> Any:
    free = free_table(annotation)
    if free is not None and isinstance(given, dict):
        for name, value in given.items():
            _value(f"{where}: the name {name}", free[0], name)
            _value(f"{where}.{name}", free[1], value)
    try:
        value = msgspec.convert(given, annotation, strict=strict, dec_hook=parse)
    except (msgspec.ValidationError, InvalidArgument) as error:
        inner = re.fullmatch(r"(.*) - at `\$(.*\..*)`", str(error))
        if inner:
            raise LaunchRefused(f"{where}{inner[2]}: {inner[1][0].lower()}{inner[1][1:]}.") from None
        takes = accepts(annotation)
        # Whatever stands in the place of a text may be a secret.
        seen = "" if takes.startswith(("text", "a table, each")) else f", not {reprlib.repr(given)}"
        raise LaunchRefused(f"{where} takes {takes}{seen}.") from None
    for stray, accepted in strays(annotation, given):
        raise LaunchRefused(f"{where}: {stray} is not a setting{rather(stray, accepted)}")
    return value


def _from_text(where: str, annotation: Any, text: str) -> Any:
    try:
        return _value(where, annotation, text, strict=False)
    except LaunchRefused:
        given = _as_toml(text)
        if not isinstance(given, (list, dict)):
            raise
        return _value(where, annotation, given)


def _as_toml(text: str) -> object:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return None
