"""The whole in one picture, in Mermaid, which GitHub draws."""

from __future__ import annotations

from collections.abc import Iterator

from app.architecture.house import House

_RESERVED = frozenset(
    {
        *("call", "class", "classdef", "click", "default", "end", "flowchart", "graph", "href", "interpolate"),
        *("linkstyle", "style", "subgraph"),
    }
)
"""Words that mean something else where a node's name is expected."""


def picture(house: House) -> str:
    """Return the picture: solid arrows for needs, dotted ones for events listened to, both towards whom they need."""
    return "\n".join(["flowchart TB", *_groups(house), *_arrows(house)])


def _groups(house: House) -> Iterator[str]:
    for group, title, is_bff in (("bffs", "BFFs", True), ("business", "Business", False)):
        names = [room.name for room in house.rooms if room.is_bff is is_bff]
        if names:
            yield f"    subgraph {group}_group [{title}]"
            yield from (f"        {_node(name)}[{name}]" for name in names)
            yield "    end"


def _arrows(house: House) -> Iterator[str]:
    pairs = sorted({(edge.source, edge.listens, edge.target) for edge in house.edges if edge.target})
    for source, listens, target in pairs:
        yield f"    {_node(source)} {'-.->' if listens else '-->'} {_node(target)}"


def _node(name: str) -> str:
    return f"{name}_" if name in _RESERVED else name
