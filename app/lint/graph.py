"""Who imports whom, as grimp reads it, with import-linter's own cache of it."""

from __future__ import annotations

import logging
from pathlib import Path

import grimp
from grimp import ImportGraph
from grimp.exceptions import SourceSyntaxError

from app.lint.config import Configuration
from app.lint.problem import Problem
from app.lint.source import said

CACHE = ".import_linter_cache"
"""Where `lint-imports` keeps its own: one is as good as the other."""


def build_graph(configuration: Configuration, root: Path) -> ImportGraph | None:
    """Return the graph of the packages; None, with a problem, where grimp cannot read what Python can."""
    roots = configuration.roots
    logging.getLogger("grimp").addHandler(logging.NullHandler())  # what it would print of odd files, we say ourselves
    try:
        try:
            return grimp.build_graph(*roots, include_external_packages=True, cache_dir=str(root / CACHE))
        except (AttributeError, OSError, TypeError, ValueError):  # a cache that is damaged or cannot be written
            return grimp.build_graph(*roots, include_external_packages=True, cache_dir=None)
    except SourceSyntaxError as error:
        file = said(Path(error.filename), root)
        text = "it cannot be judged: the import linter takes it for a syntax error; write it in another way."
        configuration.problems.append(Problem(file, error.lineno or 0, "unreadable", text))
        return None
