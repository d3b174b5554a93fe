"""What an older host that is running could not live with, in words that end with the mend."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from app.lint.rolling.changes import Change
from app.lint.rolling.columns import holds_all
from app.lint.rolling.hosts import Hosts
from app.lint.rolling.standing import Standing

_LEAVING, _TIGHTENING = True, False
_LOGIC = frozenset({"and", "or", "not", "in", "between", "like", "true", "false"})
"""What a condition may say besides columns and still hold where those are NULL (three-valued logic)."""
_TAKES = frozenset({"drops", "renames", "loses", "moves", "unbinds", "unindexes"})
_BESIDE = "add one beside it, have the code write both, and let the old one leave in a later release"


def verdicts(change: Change, standing: Standing, hosts: Hosts) -> Iterator[str]:
    """Yield what is wrong with a change of the tables as they stand before it."""
    if change.deed == "unread":
        yield (
            f"{change.name}, so that nobody can see here whether {hosts.who} could live with it; "
            "say it by op's operations or in constant SQL, or except it in architecture.toml"
        )
    elif change.deed == "unindexes":
        yield from _unindexed(change, standing, hosts)
    elif change.table not in standing.tables:
        return  # which the rule of migrations says, or made in this revision
    elif change.deed == "adds":
        yield from _added(change, standing, hosts)
    elif change.deed in _TAKES:
        yield from _taken(change, standing, hosts)
    else:
        yield from _tightened(change, standing, hosts)


def _added(change: Change, standing: Standing, hosts: Hosts) -> Iterator[str]:
    if not hosts.know(standing, change.table):
        return
    for each in change.made:
        said = f"adds column {change.table}.{each.name}"
        if each.required and not each.default:
            yield f"{said}, {_unfilled(hosts)}"
        elif each.unique and each.default:
            why = f"a value for {hosts.who} that is the same in every row, and unique"
            yield f"{said} with {why}, so that its second row is refused; add it without a default"


def _taken(change: Change, standing: Standing, hosts: Hosts) -> Iterator[str]:
    table = standing.tables[change.table]
    columns = tuple(each for each in change.columns if each in table.columns or not table.whole)
    if not hosts.know(standing, change.table, columns) or (change.columns and not columns):
        return
    for column in columns or ("",):
        one = msgspec.structs.replace(change, columns=(column,) if column else ())
        name = f"{change.table}.{column or change.name}" if column or change.deed == "unbinds" else change.table
        if column and not hosts.know(standing, change.table, (column,)):
            continue
        match change.deed:
            case "renames" | "moves":
                yield from _unless(one, hosts, f"renames {name} to {change.name}", "uses by its old name", _BESIDE)
            case "unbinds":
                yield from _unless(one, hosts, f"drops constraint {name}", "may rely on (ON CONFLICT, ON DELETE)")
            case _:
                yield from _unless(one, hosts, f"drops {name}", "reads and writes")


def _unindexed(change: Change, standing: Standing, hosts: Hosts) -> Iterator[str]:
    table, unique = standing.indexes.get(change.name, ("", True))
    if table in standing.tables and unique and hosts.know(standing, table):
        one = msgspec.structs.replace(change, table=table)
        yield from _unless(one, hosts, f"drops unique index {table}.{change.name}", "may rely on (ON CONFLICT)")
    elif not table:
        yield f"drops index {change.name}, which no migration made by that name; say the name that it has"


def _tightened(change: Change, standing: Standing, hosts: Hosts) -> Iterator[str]:
    table, columns = change.table, change.columns
    if not hosts.know(standing, table):
        return
    of = ", ".join(f"{table}.{each}" for each in columns if each) or table
    constraint = f"constraint {change.name}" if change.name else "a constraint"
    facts = [standing.column(table, each) for each in columns]
    if not _knows_all(change, standing, hosts):
        bare = {"requires": not facts[0].default, "undefaults": facts[0].required} if facts else {}
        if bare.get(change.deed):
            yield f"makes {of} NOT NULL without a server_default, {_unfilled(hosts)}"
        return
    match change.deed:
        case "requires":
            yield from _unless(change, hosts, f"makes {of} NOT NULL", "may leave empty")
        case "undefaults":
            yield from _unless(change, hosts, f"takes the server_default from {of}", "may leave to that")
        case "defaults" if facts[0].default:
            yield from _unless(change, hosts, f"gives {of} another server_default", "may leave to the old one")
        case "unites":
            yield from _unless(change, hosts, f"makes {of} unique", "may write twice")
        case "checks" | "constrains":
            yield from _unless(change, hosts, f"puts {constraint} on {table}", "does not keep to")
        case "refers":
            yield from _unless(change, hosts, f"puts a foreign key on {of}", "does not keep to")
        case "rewrites":
            mend = "write what is new into a column of its own, beside the old one"
            yield from _unless(change, hosts, f"rewrites rows of {of}", "reads as it knows them", mend)
        case "retypes":
            fits = holds_all(change.type, change.was or facts[0].type)
            if fits is None:
                said = f"changes the type of {of} to {change.type}, which {hosts.who} may read and write as what it was"
                yield f"{said}; {_BESIDE}; or except it in architecture.toml"
            elif not fits:
                said = f"narrows {of} from {change.was or facts[0].type} to {change.type}"
                yield from _unless(change, hosts, said, "may write more into")
        case _:
            return


def _knows_all(change: Change, standing: Standing, hosts: Hosts) -> bool:
    """Say whether the older hosts can break what is demanded: they leave columns that they do not know empty."""
    known = [hosts.know(standing, change.table, (each,)) for each in change.columns]
    match change.deed:
        case "checks":
            columns = standing.tables[change.table].columns
            return any(
                hosts.know(standing, change.table, (each,)) if each in columns else each not in _LOGIC
                for each in change.columns
            )
        case "unites":
            empty = any(
                not knows and not standing.column(change.table, each).default
                for each, knows in zip(change.columns, known, strict=True)
            )
            return not empty
        case "refers" | "requires" | "undefaults" | "defaults" | "retypes":
            return all(known)
        case _:
            return any(known) or not known


def _unless(change: Change, hosts: Hosts, said: str, why: str, mend: str = "") -> Iterator[str]:
    """Yield the sentence, unless the change was announced in time."""
    kinds: tuple[bool, ...] = (_LEAVING,) if change.deed in _TAKES else (_TIGHTENING,)
    if change.deed == "rewrites":
        kinds = (_LEAVING, _TIGHTENING)
    heard = hosts.heard(change, *kinds)
    if heard == "":
        return
    said = f"{said}, which {hosts.who} {why}"
    if heard is not None:
        yield f'{said}; say oldest = "{heard}", the revision that announces it, once that was released'
        return
    if mend:
        yield f"{said}; {mend}"
        return
    word, verb = ("leaving", "do without it") if _LEAVING in kinds else ("tightening", "keep to it")
    names = [f'"{change.table}.{each}"' for each in change.columns if each and change.deed != "checks"]
    if not names:
        by_name = change.name and change.deed not in ("renames", "moves")
        names = [f'"{change.table}.{change.name}"' if by_name else f'"{change.table}"']
    yield (
        f"{said}; let the code {verb} first, in a release with a revision that says "
        f"{word} = ({', '.join(names)},), and do this in the next"
    )


def _unfilled(hosts: Hosts) -> str:
    return (
        f"so that every row of {hosts.who} is refused, which does not fill it; "
        "add it as nullable or with a server_default now, fill it, and tighten it in a later release"
    )
