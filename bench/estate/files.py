"""Which files one module of the estate has, and what its needs put into them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from string import Template

STEPS = ("booking", "counting", "dating", "grading", "naming", "packing", "pricing", "rounding", "sorting", "weighing")
"""What the domain has a file of rules for."""

TASKS = ("archive", "browse", "confirm", "correct", "enter", "withdraw")
"""What the service and the store have a file for."""

_TEMPLATES = {
    file.stem: Template(file.read_text(encoding="utf-8")) for file in (Path(__file__).parent / "templates").iterdir()
}
"""`$unit` is the module's name, `$Unit` its contract's; ``$other`` is the module that it listens to."""


def unit(number: int) -> str:
    """Return a module's name."""
    return f"unit{number:03}"


def files_of(number: int, needs: Sequence[int]) -> Iterator[tuple[str, str]]:
    """Yield each file's name and text; ``needs`` are the modules whose contracts it asks for."""
    names = {
        "unit": unit(number),
        "Unit": unit(number).title(),
        "number": str(number % 50 + 10),
        **_woven(unit(number), needs),
    }

    def made(template: str, **more: str) -> str:
        return _TEMPLATES[template].substitute(names, **more)

    inside, tests = f"modules/{unit(number)}", f"tests/modules/{unit(number)}"
    yield f"contracts/{unit(number)}.py", made("contract")
    yield f"{inside}/pyproject.toml", made("pyproject")
    for name, template in _FILES.items():
        yield f"{inside}/{name}.py", made(template)
    for name, text in _PACKAGES.items():
        yield f"{inside}/{name}__init__.py", text
    if needs:
        yield f"{inside}/listeners.py", made("listeners")
    for step in STEPS:
        yield f"{inside}/domain/{step}.py", made("rules", step=step)
        yield f"{tests}/test_{step}.py", made("test_rules", step=step)
    for at, task in enumerate(TASKS):
        if task not in {"browse", "enter"}:
            yield f"{inside}/service/{task}.py", made("task", task=task, step=STEPS[at])
        yield f"{inside}/store/{task}.py", made("stored", task=task)
    yield f"{tests}/__init__.py", ""
    yield f"{tests}/conftest.py", made("conftest")
    yield f"{tests}/test_fake.py", made("test_fake")


_FILES = {
    "module": "module",
    "container": "container",
    "settings": "settings",
    "fake": "fake",
    "service/desk": "desk",
    "service/browse": "browsing",
    "service/enter": "entering",
    "store/tables": "tables",
    "migrations/0001_entries": "migration_1",
    "migrations/0002_grades": "migration_2",
}

_PACKAGES = {
    "": "",
    "domain/": '"""The rules that need nothing but values."""\n',
    "service/": '"""What is done."""\n',
    "store/": '"""Where it is kept: the only part that knows tables."""\n',
    "migrations/": "",
}


def _woven(name: str, needs: Sequence[int]) -> dict[str, str]:
    """Return what the needs put into manifest, container and service; the first is also listened to."""
    others = [(unit(number), unit(number).title()) for number in needs]
    first, event = (others[0][0], f"{others[0][1]}Changed") if others else ("", "")
    return {
        "other": first,
        "Other": event.removesuffix("Changed"),
        "hears": f"from contracts.{first} import {event}\n" if others else "",
        "listener": f"from modules.{name}.listeners import on_{first}_changed\n" if others else "",
        "listens": f"    listens={{{event}: on_{first}_changed}},\n" if others else "",
        "imports": "".join(f"from contracts.{each} import {its}\n" for each, its in others),
        "dependencies": "".join(
            f"    {each}: providers.Provider[{its}] = providers.Dependency(instance_of={its})\n" for each, its in others
        ),
        "handed": "".join(f", {each}" for each, _ in others),
        "parameters": "".join(f", {each}: {its}" for each, its in others),
        "kept": "".join(f"        self._{each} = {each}\n" for each, _ in others),
        "asks": "".join(
            f"        skus = tuple(each.sku for each in await self._{each}.browse(skus))\n" for each, _ in others
        ),
    }
