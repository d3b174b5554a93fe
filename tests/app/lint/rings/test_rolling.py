"""A revision lets the hosts of the last release run on, and takes away only what was announced a release before."""

from __future__ import annotations

from textwrap import dedent, indent

import pytest

from app.lint.rings import migrations, rolling
from tests.app.lint.small import judged

FIRST = """
op.create_table(
    "orders",
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("note", sa.String(20)),
    sa.Column("total", sa.Integer, nullable=False, server_default="0"),
)
"""
PACKAGE = "modules.orders.migrations."


def revision(number: int, body: str, says: str = "", oldest: int | None = None, head: str = "") -> str:
    """Return a migration; ``oldest`` is the revision before if nothing is said of it, and none if it is 0."""
    lines = [
        f'revision = "{number:04}"',
        f'down_revision = "{number - 1:04}"' if number > 1 else "down_revision = None",
    ]
    named = number - 1 if oldest is None else oldest
    lines += [f'oldest = "{named:04}"'] if named else []
    lines += [says, "import sqlalchemy as sa", head or "from alembic import op", "def upgrade():"]
    return "\n".join([*lines, indent(dedent(body), "    ")])


def said(*revisions: str, released: str | None = '"0001"', store: str = "") -> list[str]:
    """Return what is said of a history whose first revision is known."""
    files = {
        f"{PACKAGE}{number:04}_step": text for number, text in enumerate((revision(1, FIRST, oldest=0), *revisions), 1)
    }
    package = {} if released is None else {PACKAGE: f"released = {released}"}
    return judged([rolling], {**package, **files, "modules.orders.store": store})


DROP = 'op.drop_column("orders", "note")'
LEAVING = 'leaving = ("orders.note",)'
USES = 'import sqlalchemy as sa\norders = sa.Table("orders", m, sa.Column("id"), sa.Column("total"){})'


def test_a_sentence_says_who_cannot_live_with_what_and_the_mend() -> None:
    (found,) = said(revision(2, DROP))
    assert found == (
        "modules/orders/migrations/0002_step.py:8: expand-contract: orders drops orders.note, which a host that still "
        "runs revision 0001 reads and writes; let the code do without it first, in a release with a revision that says "
        'leaving = ("orders.note",), and do this in the next.'
    )
    (found,) = said(revision(2, 'op.add_column("orders", sa.Column("cents", sa.Integer, nullable=False))'))
    assert found.endswith(
        "orders adds column orders.cents, so that every row of a host that still runs revision 0001 is refused, which "
        "does not fill it; add it as nullable or with a server_default now, fill it, and tighten it in a later release."
    )


def test_who_says_no_oldest_shuts_out_the_last_release() -> None:
    (found,) = said(revision(2, "pass", oldest=0))
    assert found == (
        "modules/orders/migrations/0002_step.py:1: expand-contract: orders has a migration that names no older code as "
        "oldest, so that a host that still runs revision 0001 is shut out of its own database; write oldest = "
        '"0001".'
    )
    assert said(revision(2, "pass", oldest=2)) == [found.replace("py:1:", "py:3:")]


def test_a_revision_may_shut_out_only_what_no_release_before_it_runs() -> None:
    steps = (revision(2, "pass"), revision(3, "pass", oldest=2))
    (found,) = said(*steps)
    assert "0003_step.py:3: expand-contract: orders has a migration that no code before revision 0002 can live" in found
    assert found.endswith(
        'bring out 0002 first, and this in the release after, with released = "0002" in '
        "modules/orders/migrations/__init__.py."
    )
    assert said(*steps, released='"0002"') == []


def test_where_nothing_is_said_of_releases_any_code_may_be_running() -> None:
    steps = (revision(2, "pass", LEAVING), revision(3, DROP, oldest=2))
    (found,) = said(*steps, released=None)
    assert "no code before revision 0002 can live with, so that a host that still runs revision 0001" in found
    assert said(*steps, released="None") == []
    # What a revision brought may be in use, whichever it was.
    made = revision(2, 'op.create_table("marks", sa.Column("id", sa.String))')
    dropped = revision(3, 'op.drop_table("marks")', oldest=1)
    (found,) = said(made, dropped, released=None)
    assert "drops marks, which a host that still runs revision 0002 reads and writes" in found
    assert said(made, dropped) == []


def test_what_was_released_is_judged_no_more() -> None:
    assert said(revision(2, DROP, oldest=0), released='"0002"') == []
    (found,) = said(released='"0009"')
    assert found.startswith(
        "modules/orders/migrations/__init__.py: expand-contract: orders says that 0009 was released"
    )


def test_what_is_leaving_goes_a_release_later() -> None:
    assert said(revision(2, "pass", LEAVING), revision(3, DROP), released='"0002"') == []
    assert said(revision(2, "pass", 'leaving = ("orders",)'), revision(3, DROP), released='"0002"') == []
    (found,) = said(revision(2, "pass", LEAVING), revision(3, DROP, oldest=1))
    assert found.endswith('say oldest = "0002", the revision that announces it, once that was released.')
    (found,) = said(revision(2, "pass", 'tightening = ("orders.note",)'), revision(3, DROP), released='"0002"')
    assert 'says leaving = ("orders.note",)' in found
    assert said(revision(2, DROP, LEAVING))  # nobody has heard of it before


TIGHTER = (
    (
        'with op.batch_alter_table("orders") as b:\n    b.alter_column("note", nullable=False)',
        "makes orders.note NOT NULL",
    ),
    ('op.alter_column("orders", "note", type_=sa.String(5))', "narrows orders.note from String(20) to String(5)"),
    ('op.create_index("ux", "orders", ["note"], unique=True)', "makes orders.note unique"),
    ('op.execute("UPDATE orders SET note = 0 WHERE note IS NULL")', "rewrites rows of orders.note"),
)


@pytest.mark.parametrize(("body", "says"), TIGHTER)
def test_what_will_be_demanded_is_kept_to_a_release_before(body: str, says: str) -> None:
    (found,) = said(revision(2, body))
    assert f"expand-contract: orders {says}" in found
    assert said(revision(2, "pass", 'tightening = ("orders.note",)'), revision(3, body), released='"0002"') == []


def test_constraints_are_announced_by_name() -> None:
    check = 'op.create_check_constraint("not_negative", "orders", "total >= 0")'
    (found,) = said(revision(2, check))
    assert 'tightening = ("orders.not_negative",)' in found
    soon = revision(2, "pass", 'tightening = ("orders.not_negative",)')
    assert said(soon, revision(3, check), released='"0002"') == []
    known = revision(2, 'op.create_unique_constraint("uq", "orders", ["id"])')
    drop = revision(4, 'op.drop_constraint("uq", "orders", type_="unique")')
    (found,) = said(known, revision(3, "pass"), drop, released='"0003"')
    assert 'leaving = ("orders.uq",)' in found
    assert said(known, revision(3, "pass", 'leaving = ("orders.uq",)'), drop, released='"0003"') == []


def test_another_type_is_never_lawful() -> None:
    for type_ in ("sa.String", "sa.Boolean", "sa.Numeric(10, 2)", "make()"):
        body = f'op.alter_column("orders", "total", type_={type_}, existing_type=sa.Integer())'
        (found,) = said(revision(2, "pass", 'tightening = ("orders.total",)'), revision(3, body), released='"0002"')
        assert "add one beside it, have the code write both" in found


def test_announcements_are_of_what_is_there() -> None:
    (found,) = said(revision(2, "pass", 'leaving = ("orders.nte",)'))
    assert found.endswith(
        "0002_step.py:4: expand-contract: orders announces something of orders.nte, which is not there; "
        "correct the name."
    )
    (found,) = said(revision(2, "pass", 'leaving = "orders.note"'))
    assert "says leaving otherwise than as a tuple of texts" in found
    (found,) = said(released="make()")
    assert "says released otherwise than as a text" in found


def test_the_code_does_without_what_is_leaving_and_the_history_may_be_ahead_of_it() -> None:
    steps = (revision(2, "pass", LEAVING),)
    (found,) = said(*steps, store=USES.format(', sa.Column("note")'))
    assert found == (
        "modules/orders/store.py:2: expand-contract: orders uses orders.note, which is leaving as revision 0002 says; "
        "do without it."
    )
    assert said(*steps, store=USES.format("")) == []
    first = {f"{PACKAGE}0001_step": revision(1, FIRST, oldest=0)}
    second = {f"{PACKAGE}0002_step": revision(2, "pass", 'leaving = ("orders",)')}
    store = {"modules.orders.store": USES.format("")}
    assert "otherwise than its migrations leave it (note)" in judged([migrations], {**first, **store})[0]
    left = {f"{PACKAGE}0002_step": steps[0]}
    assert judged([migrations], {**first, **left, **store}) == []
    assert judged([migrations], {**first, **second}) == []
    (found,) = judged([rolling], {**first, **second, **store})
    assert "orders uses orders, which is leaving" in found


def test_what_comes_back_is_not_leaving() -> None:
    again = revision(4, 'op.add_column("orders", sa.Column("note", sa.String))')
    steps = (revision(2, "pass", LEAVING), revision(3, DROP), again)
    assert said(*steps, released='"0003"', store=USES.format(', sa.Column("note")')) == []
