"""An exception covers what it says, no more and no longer; their number rises only where that is accepted."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from app.lint.exceptions import FILE, NEVER, Exceptions
from app.lint.problem import Problem

TODAY = date(2026, 11, 21)

TABLE = "orders reads table products of catalog; ask Catalog for it."
STOCK = "orders reads table stock of inventory; ask Inventory for it."
FOUND = [Problem("modules/orders/store.py", line, "own-data", text) for line, text in ((3, TABLE), (9, STOCK))]

ONE = """\
[[exception]]
rule = "own-data"
file = "modules/orders/store.py"
says = "reads table products"
owner = "Ann"
reason = "The report moves in the spring."
until = 2026-11-21
"""


def written(folder: Path, text: str, accepted: object = 1) -> Exceptions:
    (folder / FILE).write_text(f"# Ours.\naccepted = {accepted} # so many\n\n{text}")
    return Exceptions(folder)


def said(exceptions: Exceptions, today: date = TODAY, *, all_judged: bool = True) -> list[str]:
    exceptions.keep_number(accept=False)
    return [str(problem) for problem in exceptions.left(FOUND, today, all_judged=all_judged)]


def test_what_is_covered_is_not_said(tmp_path: Path) -> None:
    assert said(written(tmp_path, ONE)) == [str(FOUND[1])]


def test_without_a_file_nothing_is_covered(tmp_path: Path) -> None:
    assert said(Exceptions(tmp_path)) == [str(problem) for problem in FOUND]


@pytest.mark.parametrize(
    "other", ['rule = "migration"', 'file = "modules/cart/store.py"', 'says = "reads table carts"']
)
def test_one_that_covers_nothing_is_to_be_deleted(tmp_path: Path, other: str) -> None:
    key = other.partition(" ")[0]
    exceptions = written(tmp_path, "\n".join(other if line.startswith(key) else line for line in ONE.splitlines()))
    *left, last = said(exceptions)[::-1]
    assert last.startswith("architecture.toml:4: exception: no ")
    assert last.endswith("any more; delete it.")
    assert len(left) == 2


def test_one_that_covers_nothing_is_no_matter_where_not_all_was_judged(tmp_path: Path) -> None:
    exceptions = written(tmp_path, ONE.replace("own-data", "migration"))
    assert said(exceptions, all_judged=False) == [str(problem) for problem in FOUND]


def test_an_expired_one_says_whose_it_is_and_covers_nothing(tmp_path: Path) -> None:
    first, *others = said(written(tmp_path, ONE), date(2026, 11, 22))
    assert first == (
        "architecture.toml:4: exception: it expired on 2026-11-21; mend what it covered. "
        "Ann has it for this reason: The report moves in the spring."
    )
    assert others == [str(problem) for problem in FOUND]


def test_one_that_would_cover_more_than_it_says_covers_nothing(tmp_path: Path) -> None:
    first, *others = said(written(tmp_path, ONE.replace("table products", "table ")))
    assert first == (
        "architecture.toml:4: exception: it covers 2 problems and not 1; say more of the sentence, or count = 2."
    )
    assert others == [str(problem) for problem in FOUND]


def test_one_may_say_how_many_it_covers(tmp_path: Path) -> None:
    both = ONE.replace("table products", "table ") + "count = 2\n"
    assert said(written(tmp_path, both, accepted=2)) == []


def test_one_that_says_too_many_would_cover_the_next(tmp_path: Path) -> None:
    first, *others = said(written(tmp_path, f"{ONE}count = 2\n", accepted=2))
    assert first == "architecture.toml:4: exception: it covers only 1 of 2 problems; write count = 1."
    assert others == [str(FOUND[1])]


def test_two_do_not_share_a_problem(tmp_path: Path) -> None:
    first, *others = said(written(tmp_path, f"{ONE}\n{ONE}", accepted=2))
    assert first.startswith("architecture.toml:12: exception: no own-data in modules/orders/store.py says")
    assert others == [str(FOUND[1])]


@pytest.mark.parametrize(
    ("before", "after", "text"),
    [
        ('owner = "Ann"', "", "owner is missing or empty; write it as a text."),
        ('owner = "Ann"', 'owner = " "', "owner is missing or empty; write it as a text."),
        ('owner = "Ann"', "owner = 3", "owner is missing or empty; write it as a text."),
        ('owner = "Ann"', 'owner = "Ann"\nwho = "Bob"', "who is no key of an exception; there are rule, file, says, "),
        ("2026-11-21", '"2026-11-21"', "until is missing or no date; write the last day, as in until = 2027-01-31"),
        ("2026-11-21", "2026-11-21T12:00:00Z", "until is missing or no date; write the last day"),
        ("until = 2026-11-21", "", "until is missing or no date; write the last day"),
        ("until", "count = 0\nuntil", "count is no number of problems; write how many there are"),
        ("until", "count = true\nuntil", "count is no number of problems; write how many there are"),
    ],
)
def test_each_key_is_checked(tmp_path: Path, before: str, after: str, text: str) -> None:
    first, *others = said(written(tmp_path, ONE.replace(before, after)))
    assert first.startswith(f"architecture.toml:4: exception: {text}")
    assert others == [str(problem) for problem in FOUND]


@pytest.mark.parametrize("rule", sorted(NEVER))
def test_from_some_rules_nothing_is_excepted(tmp_path: Path, rule: str) -> None:
    assert said(written(tmp_path, ONE.replace("own-data", rule)))[0] == (
        f"architecture.toml:4: exception: nothing can be excepted from {rule}; mend what it says and delete this."
    )


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("accepted = 1\n[[exception", "architecture.toml: exception: it cannot be read ("),
        (ONE, "architecture.toml: exception: accepted is missing or no number; write accepted = 0 at the top."),
        ("accepted = -1", "architecture.toml: exception: accepted is missing or no number;"),
        ("accepted = 0\nexception = 3", "architecture.toml: exception: exception is no list of tables;"),
        ("accepted = 0\n[exceptions]", "architecture.toml: exception: exceptions is no key of this file;"),
    ],
)
def test_the_file_is_checked(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / FILE).write_text(text)
    assert said(Exceptions(tmp_path))[0].startswith(says)


def test_more_than_are_accepted_is_a_problem_until_they_are(tmp_path: Path) -> None:
    exceptions = written(tmp_path, ONE, accepted=0)
    assert said(exceptions)[0] == (
        "architecture.toml:2: exception: excepted: 1, accepted: 0; "
        "do without, or raise the number by `freestone check --accept` and have it reviewed."
    )
    Exceptions(tmp_path).keep_number(accept=True)
    assert (tmp_path / FILE).read_text() == f"# Ours.\naccepted = 1 # so many\n\n{ONE}"
    assert said(Exceptions(tmp_path)) == [str(FOUND[1])]


def test_fewer_than_are_accepted_are_written_down_without_a_word(tmp_path: Path) -> None:
    assert said(written(tmp_path, ONE, accepted=7)) == [str(FOUND[1])]
    assert (tmp_path / FILE).read_text() == f"# Ours.\naccepted = 1 # so many\n\n{ONE}"


def test_a_file_that_is_only_to_be_read_is_left_as_it_is(tmp_path: Path) -> None:
    exceptions = written(tmp_path, ONE, accepted=7)
    (tmp_path / FILE).chmod(0o444)
    assert said(exceptions) == [str(FOUND[1])]
    assert "accepted = 7" in (tmp_path / FILE).read_text()


def test_a_file_that_is_wrong_is_left_as_it_is(tmp_path: Path) -> None:
    exceptions = written(tmp_path, ONE.replace('"Ann"', '""'), accepted=7)
    assert len(said(exceptions)) == 3
    assert "accepted = 7" in (tmp_path / FILE).read_text()
