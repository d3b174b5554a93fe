"""No rule of the house is taken out of .importlinter, or let out in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from configparser import ConfigParser, Error

from app.lint.config import FILE
from app.lint.config import RULE as CONFIGURATION
from app.lint.house import CONTRACT_TYPES, RULES, Rule
from app.lint.import_contracts import lines_of
from app.lint.problem import Problem
from app.lint.reader import Reader
from app.lint.world import World

_HOUSE = ("app", "contracts", "modules")
_NAMING = frozenset({"name", "type", "broken_contract_guidance", "ignore_imports"})
"""Options that let nothing through, or whose every line is reported as it is."""
_MEND = "or weaken the rule in app/lint/house.py, for the review to see."

READERS: tuple[type[Reader], ...] = ()


def judge(world: World) -> Iterator[Problem]:
    """Yield what a project that follows the house says less than `RULES`."""
    if not all((world.root / package).is_dir() for package in _HOUSE):
        return
    text = (world.root / FILE).read_text(encoding="utf-8")
    for section, said in weakened(text):
        line = next((at for at, line in enumerate(text.splitlines(), 1) if line.startswith(f"[{section}]")), 0)
        yield Problem(FILE, line, CONFIGURATION, said)


def weakened(text: str) -> Iterator[tuple[str, str]]:
    """Yield each section that says less than it must, with the sentence."""
    read = ConfigParser()
    try:
        read.read_string(text)
    except Error:  # the check of the configuration says so
        return
    types = _items(read.get("importlinter", "contract_types", fallback=""))
    for missing in sorted({*CONTRACT_TYPES} - {*types}):
        yield "importlinter", f"contract_types lacks {missing}; put it back."
    for name, rule in RULES.items():
        section = f"importlinter:contract:{name}"
        if not read.has_section(section):
            yield section, f"contract {name}, of the type {rule.type}, is missing; put it back, {_MEND}"
            continue
        options = {option: _items(value) for option, value in read.items(section)}
        for option, why in _faults(rule, options):
            yield section, f"contract {name}, {option}: {why}, {_MEND}"


def _faults(rule: Rule, options: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, str]]:
    plain = {"type": rule.type, **rule.plain}
    for option, wanted in plain.items():
        if options.get(option, ()) != [wanted]:
            yield option, f"it must be {wanted}; write that"
    for option, least in rule.least.items():
        for each in least:
            if each not in options.get(option, ()):
                yield option, f"{each} is missing, so that it is judged no more; put it back"
    for option, most in rule.most.items():
        for each in options.get(option, ()):
            if each not in most:
                yield option, f"{each} is let through besides; take it out"
    for option, order in rule.order.items():
        kept = [each for each in options.get(option, ()) if each in order]
        if kept != [*order]:
            yield option, f"it says {', '.join(kept) or 'nothing'} of {', '.join(order)}; keep all, in this order"
    known = {*plain, *rule.least, *rule.most, *rule.order, *rule.free, *_NAMING}
    for option in sorted(options.keys() - known):
        yield option, "it is no option that the rule has; take it out"


def _items(value: str) -> list[str]:
    return lines_of(value.splitlines())
