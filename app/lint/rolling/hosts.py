"""The older hosts that may be running while a revision is applied, and what has been said to them in time."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from app.lint.rolling.changes import Change
from app.lint.rolling.histories import History
from app.lint.rolling.standing import Standing


class Hosts(msgspec.Struct, frozen=True):
    """Hosts whose code ends at the places ``first`` to ``last`` of a history while the revision at ``place`` comes.

    ``oldest`` is the oldest code that, as the revision says, can live with it.
    """

    history: History
    place: int
    first: int
    last: int
    oldest: int

    @property
    def who(self) -> str:
        """The newest of them, which knows most of the tables."""
        return f"a host that still runs revision {self.history.ids[self.last]}"

    def know(self, standing: Standing, table: str, columns: Iterable[str] = ()) -> bool:
        """Say whether they know a table, and at least one of the columns if there are any."""
        places = [standing.since(table, each) for each in columns] or [standing.since(table)]
        return any(place <= self.last for place in places)

    def heard(self, change: Change, *kinds: bool) -> str | None:
        """Return the first revision by which all of it was announced, "" if they know it, None if none did.

        ``kinds`` are those of announcements that will do: whether it is leaving.
        """
        parts = change.columns if change.deed not in ("checks", "unbinds", "unindexes") else ()
        wanted = {f"{change.table}.{part}" for part in parts} or {change.table}
        named = change.table if change.deed in ("moves", "renames") else f"{change.table}.{change.name}"
        said: set[str] = set()
        for place, revision in enumerate(self.history.revisions[: self.place]):
            said |= {each.name for each in revision.facts.announced if each.leaving in kinds}
            if change.table in said or named in said or wanted <= said:
                return "" if place <= self.oldest else revision.id
        return None


def hosts_at(history: History, place: int) -> Hosts | None:
    """Return who may be running when the revision at a place is applied; None where nobody of the past does.

    The code of the last release; where it is not said what that was, any code before the revision.
    """
    stated = history.revisions[place].oldest
    if history.released is None:
        first, last = 0, place - 1
    else:
        (released,) = history.released
        if released is None or released not in history.ids:
            return None
        first = last = history.ids.index(released)
    if not 0 <= last < place:
        return None
    return Hosts(history, place, first, last, stated if stated < place else first)
