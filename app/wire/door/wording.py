"""Schemas and docstrings as a reader of the page sees them."""

from __future__ import annotations

import json
import re
from typing import Any

from markupsafe import Markup, escape

from app.wire.door.schemas import WHERE, Schema

_CODE = re.compile(r"(`+)(.+?)\1", re.DOTALL)


def inline(text: str) -> Markup:
    """Return a text with what stands in backticks as code."""
    parts, end = Markup(), 0
    for found in _CODE.finditer(text):
        parts += escape(text[end : found.start()]) + Markup("<code>{}</code>").format(found[2])
        end = found.end()
    return parts + escape(text[end:])


def prose(text: str) -> Markup:
    """Return a docstring's paragraphs."""
    paragraphs = (each.strip() for each in re.split(r"\n\s*\n", text))
    return Markup().join(Markup("<p>{}</p>\n").format(inline(each)) for each in paragraphs if each)


def value(given: object) -> str:
    """Return a value as JSON."""
    return json.dumps(given, ensure_ascii=False)


def words(schema: Schema) -> Markup:
    """Say in a few words what a schema admits, with links to the messages it names."""
    if "$ref" in schema:
        return _reference(schema["$ref"].removeprefix(WHERE))
    if "const" in schema:
        return Markup("<code>{}</code>").format(value(schema["const"]))
    if "enum" in schema:
        return Markup(" or ").join(Markup("<code>{}</code>").format(value(each)) for each in schema["enum"])
    for several in ("anyOf", "oneOf"):
        if several in schema:
            return Markup(" or ").join(words(each) for each in schema[several])
    bounds = [each for each in (_format(schema), _range(schema), _pattern(schema)) if each]
    return Markup(", ").join([_kind(schema), *bounds])


def _reference(name: str) -> Markup:
    return Markup('<a href="#schema-{0}">{1}</a>').format(name, name.rpartition(".")[2])


def _kind(schema: Schema) -> Markup:
    kind = schema.get("type", "anything")
    if kind != "array":
        return escape(kind)
    if "prefixItems" in schema:
        return Markup("array of ") + Markup(", ").join(words(each) for each in schema["prefixItems"])
    items = schema.get("items")
    return Markup("array of ") + words(items) if items else Markup("array")


def _format(schema: Schema) -> str:
    encoding: str | None = schema.get("contentEncoding")
    return encoding or schema.get("format", "")


def _range(schema: Schema) -> str:
    for unit, low, high in (
        ("", "minimum", "maximum"),
        (" characters", "minLength", "maxLength"),
        (" items", "minItems", "maxItems"),
    ):
        least, most = schema.get(low), schema.get(high)
        if "prefixItems" in schema or (least is None and most is None):
            continue
        if least is None:
            return f"at most {most}{unit}"
        return f"at least {least}{unit}" if most is None else f"{least} to {most}{unit}"
    return ""


def _pattern(schema: Schema) -> Markup | str:
    return Markup("as <code>{}</code>").format(schema["pattern"]) if "pattern" in schema else ""


def example(schema: Schema, components: dict[str, Schema]) -> Any:
    """Return a small value of a schema's type; a text says that it is to be replaced."""
    if "$ref" in schema:
        return example(components[schema["$ref"].removeprefix(WHERE)], components)
    if "enum" in schema:
        return schema["enum"][0]
    if "anyOf" in schema:
        return example(schema["anyOf"][0], components)
    match schema.get("type"):
        case "object":
            needed = schema.get("required", ())
            return {name: example(each, components) for name, each in schema["properties"].items() if name in needed}
        case "array":
            parts = schema.get("prefixItems") or [schema.get("items") or {}] * max(1, schema.get("minItems", 1))
            return [example(each, components) for each in parts]
        case "integer" | "number":
            return max(schema.get("minimum", 1), min(1, schema.get("maximum", 1)))
        case "boolean":
            return True
        case "null":
            return None
    return _FORMATS.get(schema.get("format", ""), "…")


_FORMATS = {
    "date": "2026-01-31",
    "date-time": "2026-01-31T12:00:00Z",
    "time": "12:00:00Z",
    "duration": "PT1M",
    "decimal": "0.1",
    "uuid": "00000000-0000-4000-8000-000000000000",
}
