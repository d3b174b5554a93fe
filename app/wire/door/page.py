"""The page on which people read what a host exports: made from the OpenAPI document, complete without scripts."""

from __future__ import annotations

import base64
import hashlib
import shlex
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from app.wire.door.outcomes import OUTCOMES
from app.wire.door.schemas import Schema
from app.wire.door.wording import example, inline, prose, value, words

View = dict[str, Any]


def page(document: dict[str, Any]) -> bytes:
    """Return the page of an OpenAPI document as JSON has it."""
    schemas: dict[str, Schema] = document["components"]["schemas"]
    entries = [_entry(name, each, schemas) for name, each in schemas.items() if not name.startswith("problem")]
    shown = _template().render(
        style=Markup(_style()),  # noqa: S704 - a file of ours
        about=document["info"]["description"],
        headers=[(each["name"], each["description"]) for each in document["components"]["parameters"].values()],
        contracts=[_contract(tag, document) for tag in document["tags"]],
        messages=[each for each in entries if not each["code"]],
        errors=[each for each in entries if each["code"]],
        outcomes=OUTCOMES,
    )
    return shown.encode()


@cache
def policy() -> bytes:
    """Return the page's Content-Security-Policy: its own style, and nothing else."""
    digest = base64.b64encode(hashlib.sha256(_style().encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'"
    ).encode()


@cache
def _style() -> str:
    return Path(__file__).with_name("page.css").read_text("utf-8")


@cache
def _template() -> jinja2.Template:
    loader = jinja2.FileSystemLoader(Path(__file__).parent)
    environment = jinja2.Environment(loader=loader, autoescape=True, undefined=jinja2.StrictUndefined)
    environment.filters |= {"inline": inline, "prose": prose}
    environment.trim_blocks = environment.lstrip_blocks = True
    return environment.get_template("page.html")


def _contract(tag: dict[str, str], document: dict[str, Any]) -> View:
    posted = ((path, each["post"]) for path, each in document["paths"].items())
    operations = [_operation(path, each, document) for path, each in posted if each["tags"] == [tag["name"]]]
    return {"key": tag["name"], "text": tag["description"], "operations": operations}


def _operation(path: str, operation: dict[str, Any], document: dict[str, Any]) -> View:
    schemas = document["components"]["schemas"]
    arguments: Schema = operation["requestBody"]["content"]["application/json"]["schema"]
    ((media, result),) = operation["responses"]["200"]["content"].items()
    is_stream = operation["x-freestone-kind"] == "stream"
    if is_stream:
        result = {"schema": result["schema"]["oneOf"][0]["properties"]["item"]}
    return {
        "id": operation["operationId"],
        "name": path.rpartition("/")[2],
        "text": operation["description"],
        "facts": _facts(operation),
        "arguments": _fields(arguments),
        "result": words(result["schema"]),
        "errors": _errors(operation, schemas),
        "example": _example(path, operation, example(arguments, schemas)),
        "is_stream": is_stream,
        "media": media,
    }


def _facts(operation: dict[str, Any]) -> list[str]:
    kind, deadline = operation["x-freestone-kind"], operation["x-freestone-deadline"]
    allowed = operation["x-freestone-allow"]
    who = "anyone" if "guest" in allowed else ", ".join(allowed)
    facts = [kind, f"{deadline:g} s an item" if kind == "stream" else f"{deadline:g} s", f"for {who}"]
    return [*facts, "may be repeated under a key"] if "x-freestone-repeat" in operation else facts


def _errors(operation: dict[str, Any], schemas: dict[str, Schema]) -> Markup:
    if "409" not in operation["responses"]:
        return Markup()
    schema = operation["responses"]["409"]["content"]["application/problem+json"]["schema"]
    problems = schema.get("oneOf", [schema])
    forms = (schemas[each["$ref"].rpartition("/")[2]]["allOf"][1]["properties"]["fields"] for each in problems)
    return Markup(", ").join(words(each) for each in forms)


def _example(path: str, operation: dict[str, Any], arguments: object) -> str:
    parts = ["curl", *(["-N"] if operation["x-freestone-kind"] == "stream" else []), f'"$FREESTONE{path}"']
    if "guest" not in operation["x-freestone-allow"]:
        system = operation["x-freestone-allow"] == ["system"]
        parts.append('-H "Freestone-System: 1"' if system else '-H "Freestone-Actor: $ACTOR"')
    if "x-freestone-repeat" in operation:
        parts.append('-H "Idempotency-Key: $(uuidgen)"')
    return " ".join([*parts, "--json", shlex.quote(value(arguments))])


def _entry(name: str, schema: Schema, schemas: dict[str, Schema]) -> View:
    problem = schemas.get(f"problem.{name}")
    return {
        "name": name,
        "text": schema.get("description", ""),
        "code": problem and problem["properties"]["code"]["const"],
        "fields": _fields(schema) if schema.get("type") == "object" else [],
        "type": None if schema.get("type") == "object" else words(schema),
    }


def _fields(schema: Schema) -> list[View]:
    properties: dict[str, Schema] = schema.get("properties", {})
    return [
        {"name": name, "type": words(each), "default": value(each["default"]) if "default" in each else None}
        for name, each in properties.items()
    ]
