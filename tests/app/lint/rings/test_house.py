"""Whoever takes a rule of the house out of .importlinter, or lets it out, is told so; who adds to it is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.lint.house import RULES
from app.lint.rings.house import judge, weakened
from tests.app.lint.judging import world_of

OURS = (Path(__file__).parents[4] / ".importlinter").read_text()


def without(rule: str) -> str:
    """Return our own .importlinter without one of its rules."""
    head, _, tail = OURS.partition(f"[importlinter:contract:{rule}]\n")
    return head + tail[tail.find("[importlinter:") :] if "[importlinter:" in tail else head


def test_our_own_say_all() -> None:
    assert list(weakened(OURS)) == []


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_that_is_taken_out_is_missed(rule: str) -> None:
    (found,) = weakened(without(rule))
    assert found[1].startswith(f"contract {rule}, of the type {RULES[rule].type}, is missing; put it back, or weaken ")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("modules.*\nbroken", "modules.cart\nbroken", "contract independence, modules: modules.* is missing"),
        (
            "    app\n    modules\n    contracts\n",
            "    app : modules\n    contracts\n",
            "contract layers, layers: it says",
        ),
        (
            "    app\n    modules\n    contracts\nb",
            "    modules\n    app\n    contracts\nb",
            "contract layers, layers: it",
        ),
        ("    (store)\n", "", "contract inside, layers: it says (module), (container), (service), (fake), (domain) of"),
        (
            "callers =\n",
            "callers =\n    contracts\n",
            "contract facade, callers: contracts is let through besides; take",
        ),
        (
            "    app.data\n",
            "    app.data\n    modules.cart.store\n",
            "databases, allowed_importers: modules.cart.store is",
        ),
        ("harmless_lines =\n", "harmless_lines =\n    import sqlalchemy\n", "harmless_lines: import sqlalchemy is let"),
        ("exhaustive = True\n", "", "contract app-layers, exhaustive: it must be True; write that"),
        (
            "type = forbidden\n",
            "type = forbidden\nas_packages = False\n",
            "contract no-web, as_packages: it is no option",
        ),
        ("    jinja2\n", "", "contract no-web, forbidden_modules: jinja2 is missing, so that it is judged no more"),
        ("type = independence\n", "type = forbidden\n", "contract independence, type: it must be independence"),
        ("facade.FacadeContract", "tables.ProtectedExceptLinesContract", "contract_types lacks facade: app.lint."),
    ],
)
def test_a_rule_that_is_let_out_is_said(old: str, new: str, says: str) -> None:
    assert OURS.count(old) >= 1
    assert any(says in text for _, text in weakened(OURS.replace(old, new)))


def test_more_rules_and_stricter_ones_are_nobodys_business() -> None:
    stricter = OURS.replace("callers =\n    app.wiring\n    bench\n", "callers =\n    app.wiring\n")
    more = "\n[importlinter:contract:more]\nname = More\ntype = forbidden\n"
    assert list(weakened(stricter + more)) == []


def test_it_is_said_where_it_stands_and_only_of_a_house(tmp_path: Path) -> None:
    (tmp_path / ".importlinter").write_text(OURS.replace("type = facade", "type = pure"))
    world = world_of({}, ())
    world.root = tmp_path
    assert list(judge(world)) == []
    for package in ("app", "contracts", "modules"):
        (tmp_path / package).mkdir()
    (problem,) = judge(world)
    line = OURS.splitlines().index("[importlinter:contract:facade]") + 1
    assert str(problem).startswith(f".importlinter:{line}: configuration: contract facade, type: it must be facade;")
