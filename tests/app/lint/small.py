"""Small worlds: what rings say of a few files, each alone and all together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from textwrap import dedent

from app.lint.all_rings import Ring
from app.lint.world import World
from tests.app.lint.judging import said, source_of, world_of


def small_world(ring: Ring, files: Mapping[str, str]) -> World:
    """Return files, given by their dotted names, as a ring sees them."""
    return world_of({name: dedent(text) for name, text in files.items()}, ring.READERS)


def judged(rings: Iterable[Ring], files: Mapping[str, str]) -> list[str]:
    """Return all that the rings say, sorted, each as it is printed."""
    found: set[str] = set()
    for ring in rings:
        for name, text in files.items():
            found.update(f"{source_of(name).file}:{each}" for each in said(ring.READERS, dedent(text), name))
        found.update(str(each) for each in ring.judge(small_world(ring, files)))
    return sorted(found)
