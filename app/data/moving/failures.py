"""How a move ends that does not come to its end."""

from __future__ import annotations


class MoveFailed(Exception):
    """One sentence for people. The data is where it was, and takes writes there, unless the sentence says otherwise."""


class MoveLost(MoveFailed):
    """Another move has begun meanwhile, or somebody has ended this one: it changes nothing any more."""
