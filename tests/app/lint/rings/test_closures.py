"""A function that is made while a file is read, and keeps something for its calls, is found where it is made."""

from __future__ import annotations

import pytest

from app.lint.rings.closures import READERS, judge
from tests.app.lint.judging import ORDERS, world_of

MAKE = "def make(one):\n"
KEEPS = f"{MAKE}    kept = {{}}\n    def inner(key):\n        kept[key] = one\n    return inner\n"


def found(*texts: str) -> list[tuple[str, int]]:
    """Judge files of a module, the first of which is ORDERS; return the places."""
    names = (ORDERS, "modules.orders.making")
    files = dict(zip(names, texts, strict=False))
    return [(problem.file, problem.line) for problem in judge(world_of(files, READERS))]


@pytest.mark.parametrize(
    "body",
    [
        "    n = 0\n    def inner():\n        nonlocal n\n        n += 1\n    return inner\n",
        "    kept = []\n    def inner(key):\n        kept.append(key)\n    return inner\n",
        "    kept: dict[str, int] = {}\n    return lambda key: kept.setdefault(key, 1)\n",
        "    kept = {}\n    def inner(key):\n        del kept[key]\n    return inner\n",
        "    kept = []\n    return kept.append\n",
        "    kept = set()\n    async def inner(a):\n        def deeper():\n            kept.add(a)\n    return inner\n",
    ],
)
def test_what_inner_functions_change_is_kept(body: str) -> None:
    text = f"{MAKE}{body}"
    assert found(f"{text}put = make(1)") == [("modules/orders/service.py", 1 + text.count("\n"))]


@pytest.mark.parametrize(
    "use", ["put = make(1)", "@make\ndef put(): ...", "class C:\n    put = make(1)", "run(make(1))"]
)
def test_it_is_found_by_call_and_as_a_decorator_here_and_elsewhere(use: str) -> None:
    line = 2 if use.startswith("class") else 1
    assert found(f"{KEEPS}{use}") == [("modules/orders/service.py", 5 + line)]
    assert found(f"from modules.orders.making import make\n{use}", KEEPS) == [("modules/orders/service.py", 1 + line)]


@pytest.mark.parametrize(
    "text",
    [
        f"{KEEPS}def f():\n    return make(1)",
        f"{KEEPS}class C:\n    def f(self):\n        return make(1)",
        f"{MAKE}    seen = []\n    seen.append(one)\n    return tuple(seen)\nput = make(1)",
        f"{MAKE}    def inner():\n        seen = []\n        seen.append(one)\n    return inner\nput = make(1)",
        f"{MAKE}    names = {{}}\n    def inner(key):\n        return names.get(key)\n    return inner\nput = make(1)",
    ],
)
def test_a_look_alike_is_not(text: str) -> None:
    assert found(text) == []


def test_the_sentence_says_what_is_kept() -> None:
    (problem,) = judge(world_of({ORDERS: f"{KEEPS}put = make(1)"}, READERS))
    assert str(problem) == (
        "modules/orders/service.py:6: mutable-state: orders has make() make a function at the top of a file, which "
        "keeps kept from call to call; keep it in the service."
    )
