"""`python -m app.lint`: check what the import linter itself passes over in silence."""

from __future__ import annotations

import sys

import grimp
from importlinter import api

from app.lint.blind_spots import unseen
from app.lint.config import unmatched


def main() -> int:
    """Print one sentence per problem; return the exit code."""
    configuration = api.read_configuration()
    roots = configuration["session_options"]["root_packages"]
    graph = grimp.build_graph(*roots, include_external_packages=True, cache_dir=None)
    problems = [*unmatched(configuration, graph), *unseen(roots, graph.modules)]
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
