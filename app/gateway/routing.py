"""Which BFF a path belongs to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from contracts.kit.module import ASGIApp


class Route(Protocol):
    """What is served below a path: an application, or None while it is out of service."""

    @property
    def path(self) -> str:
        """The path, e.g. ``/`` or ``/api``; a slash at its end means nothing."""

    @property
    def app(self) -> ASGIApp | None:
        """The application that answers now."""


def find(routes: Iterable[Route], path: str) -> Route | None:
    """Return the route with the longest path that the given one is, or lies below."""
    found, length = None, -1
    for route in routes:
        prefix = route.path.rstrip("/")
        if len(prefix) > length and path.startswith(prefix) and path[len(prefix) : len(prefix) + 1] in {"", "/"}:
            found, length = route, len(prefix)
    return found
