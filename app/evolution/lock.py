"""`contracts/contracts.lock.json`: the contracts as they were last accepted, to be compared with the code."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from app.errors import LaunchRefused
from app.evolution.shape import ContractShape

PATH = "contracts/contracts.lock.json"
FORMAT = 1
"""Raised when an older Freestone could not read the file, or would read it wrongly."""

RESTORE = "restore it (git checkout HEAD -- contracts/contracts.lock.json), then run freestone contracts accept."


class LockProblem(LaunchRefused):
    """Why a lock cannot be used; the text is one sentence with the mend."""


class MissingLock(LockProblem):
    """There is none."""


def read(file: Path, said: str = PATH) -> dict[str, ContractShape]:
    """Return the contracts of a lock file by key; ``said`` is how a sentence calls it."""
    try:
        return parse(file.read_bytes(), said)
    except FileNotFoundError:
        raise MissingLock(
            f"{said} is missing; restore it, or, where there never was one, make it with freestone contracts accept."
        ) from None
    except OSError as error:
        raise LockProblem(f"{said} cannot be read ({error.strerror}); mend that.") from None


def parse(text: bytes, said: str = PATH) -> dict[str, ContractShape]:
    """Return the contracts of a lock's text by key."""
    mend = RESTORE if said == PATH else "name another file, or a revision."
    try:
        lock = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise LockProblem(f"{said} is no JSON ({error}); {mend}") from None
    if not isinstance(lock, dict) or type(lock.get("format")) is not int:
        raise LockProblem(f"{said} is no lock of contracts: it says no format; {mend}")
    if lock["format"] > FORMAT:
        raise LockProblem(
            f"{said} has format {lock['format']}, and this Freestone reads formats up to {FORMAT}; "
            "upgrade Freestone to the version that wrote it."
        )
    contracts = lock.get("contracts")
    if lock.get("digest") != _digest(contracts):
        raise LockProblem(f"{said} was edited by hand, for its digest does not fit its content; {mend}")
    try:
        shapes = msgspec.convert(contracts, list[ContractShape])
    except msgspec.ValidationError as error:
        raise LockProblem(f"{said} does not hold contracts as format {FORMAT} has them ({error}); {mend}") from None
    return {each.contract: each for each in shapes}


def text_of(shapes: Mapping[str, ContractShape]) -> str:
    """Return a lock's text: sorted, a field a line, the same for the same contracts."""
    contracts = msgspec.to_builtins([shapes[key] for key in sorted(shapes)])
    return _json({"format": FORMAT, "digest": _digest(contracts), "contracts": contracts}) + "\n"


def write(file: Path, shapes: Mapping[str, ContractShape]) -> None:
    """Write a lock file, or leave it as it was."""
    draft = file.with_name(f".{file.name}.draft")
    draft.write_text(text_of(shapes), encoding="utf-8")
    draft.replace(file)


def _digest(contracts: object) -> str:
    return hashlib.sha256(msgspec.json.encode(contracts, order="sorted")).hexdigest()[:32]


def _json(value: Any, indent: str = "") -> str:
    """Return JSON with a line for each entry; a field, a parameter and a result are each one entry."""
    inner = indent + " "
    if isinstance(value, dict) and value:
        lines = (f"{inner}{json.dumps(name)}: {_entry(name, each, inner)}" for name, each in value.items())
        return "{\n" + ",\n".join(lines) + f"\n{indent}}}"
    if isinstance(value, list) and any(isinstance(each, dict) for each in value):
        return "[\n" + ",\n".join(inner + _json(each, inner) for each in value) + f"\n{indent}]"
    return json.dumps(value, ensure_ascii=False)


def _entry(name: str, value: Any, indent: str) -> str:
    if name == "returns":
        return json.dumps(value, ensure_ascii=False)
    if name in ("fields", "parameters") and value:
        lines = (
            f"{indent} {json.dumps(field)}: {json.dumps(each, ensure_ascii=False)}" for field, each in value.items()
        )
        return "{\n" + ",\n".join(lines) + f"\n{indent}}}"
    return _json(value, indent)
