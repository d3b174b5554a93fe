"""All rings, in the order in which they judge."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from app.lint.problem import Problem
from app.lint.reader import Reader
from app.lint.rings import (
    closures,
    dynamic,
    environment,
    files,
    house,
    injection,
    lock,
    mentions,
    migrations,
    needs,
    objects,
    operations,
    pages,
    patches,
    reach,
    rolling,
    state,
    tables,
    unlisted,
    writes,
)
from app.lint.world import World


class Ring(Protocol):
    """What a file in `app/lint/rings` holds."""

    @property
    def READERS(self) -> tuple[type[Reader], ...]:  # noqa: N802 - a constant of a file
        """Return what reads the files for it."""
        ...

    def judge(self, world: World) -> Iterator[Problem]:
        """Yield what is wrong across files."""
        ...


RINGS: tuple[Ring, ...] = (
    house,
    files,
    unlisted,
    needs,
    dynamic,
    injection,
    reach,
    patches,
    environment,
    state,
    objects,
    tables,
    migrations,
    rolling,
    operations,
    mentions,
    writes,
    closures,
)
IMPORTING: tuple[Ring, ...] = (lock, pages)
"""Those that import contracts and modules, and so run what these say."""

READERS: tuple[type[Reader], ...] = tuple(
    dict.fromkeys(reader for ring in (*RINGS, *IMPORTING) for reader in ring.READERS)
)
