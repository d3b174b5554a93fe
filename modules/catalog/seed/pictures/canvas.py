"""What all drawings are made with: colours, shapes, and the sheet they are drawn on (400 by 400)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from xml.sax.saxutils import escape

BODY = "url(#a)"
"""The product's colour, shaded as on a round thing lit from the left."""
TRIM = "url(#b)"
"""The second colour, shaded likewise."""

WOOD, STEEL, BRASS, CLAY, PAPER, INK = "#b98a5a", "#b9c0c7", "#c9a35a", "#c07a55", "#fbf8f1", "#3b3a42"
_SHEETS = ("#eef1ea", "#f4eee4", "#e9f0f3", "#f5ecea", "#efedf4", "#f2f1e4")


@dataclass(frozen=True)
class Look:
    """How one product looks: its colour, its second colour, and a number that varies the drawing."""

    colour: str
    trim: str
    style: int


Draw = Callable[[Look], str]
"""Draws one kind of thing, standing on the ground at y = 320."""


@lru_cache(maxsize=4096)
def mix(colour: str, other: str, share: float) -> str:
    """Return a colour with a share (0 to 1) of another."""
    pairs = [(int(colour[at : at + 2], 16), int(other[at : at + 2], 16)) for at in (1, 3, 5)]
    return "#" + "".join(f"{round(one + (two - one) * share):02x}" for one, two in pairs)


def light(colour: str, share: float = 0.3) -> str:
    """Return a lighter colour."""
    return mix(colour, "#ffffff", share)


def dark(colour: str, share: float = 0.25) -> str:
    """Return a darker colour."""
    return mix(colour, "#221c2b", share)


def fill(d: str, colour: str, more: str = "") -> str:
    """Return a filled path."""
    return f'<path d="{d}" fill="{colour}"{_more(more)}/>'


def line(d: str, colour: str, width: float, more: str = "") -> str:
    """Return a line with round ends."""
    return (
        f'<path d="{d}" fill="none" stroke="{colour}" stroke-width="{width:g}" stroke-linecap="round" '
        f'stroke-linejoin="round"{_more(more)}/>'
    )


def oval(cx: float, cy: float, rx: float, ry: float, colour: str, more: str = "") -> str:
    """Return an ellipse."""
    return f'<ellipse cx="{cx:g}" cy="{cy:g}" rx="{rx:g}" ry="{ry:g}" fill="{colour}"{_more(more)}/>'


def box(x: float, y: float, width: float, height: float, radius: float, colour: str, more: str = "") -> str:
    """Return a rectangle with rounded corners."""
    frame = f'x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="{radius:g}"'
    return f'<rect {frame} fill="{colour}"{_more(more)}/>'


def group(transform: str, *parts: str) -> str:
    """Return parts that are moved or turned together."""
    return f'<g transform="{transform}">{"".join(parts)}</g>'


def shadow(rx: float, cx: float = 200, cy: float = 321) -> str:
    """Return a soft shadow on the ground."""
    return oval(cx, cy, rx, 11, "#2a2433", 'opacity=".08"') + oval(cx, cy, rx * 0.78, 7, "#2a2433", 'opacity=".12"')


def leaf(x: float, y: float, length: float, angle: float, colour: str) -> str:
    """Return a leaf that grows from a point; ``angle`` 0 is upright, clockwise."""
    half, low, high, tip = (round(length * share) for share in (0.24, -0.35, -0.7, -1))
    blade = f"M0 0C{-half} {low} {-half} {high} 0 {tip}C{half} {high} {half} {low} 0 0Z"
    vein = line(f"M0 0V{high}", dark(colour, 0.2), 2)
    return group(f"translate({x:g} {y:g})rotate({angle:g})", fill(blade, colour), vein)


def sheet(look: Look, title: str, description: str, drawing: str) -> str:
    """Return the finished SVG document."""
    ground = _SHEETS[look.style // 12 % len(_SHEETS)]
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 400" role="img">'
        f"<title>{escape(title)}</title><desc>{escape(description)}</desc>"
        f"<defs>{_round('a', look.colour)}{_round('b', look.trim)}</defs>"
        f'<rect width="400" height="400" fill="{ground}"/>'
        f'<circle cx="200" cy="196" r="150" fill="{light(ground, 0.6)}"/>'
        f"{drawing}</svg>"
    )


def _round(name: str, colour: str) -> str:
    stops = ((0, dark(colour, 0.12)), (0.22, light(colour, 0.22)), (0.55, colour), (1, dark(colour, 0.24)))
    marks = "".join(f'<stop offset="{at:g}" stop-color="{tone}"/>' for at, tone in stops)
    return f'<linearGradient id="{name}">{marks}</linearGradient>'


def _more(attributes: str) -> str:
    return f" {attributes}" if attributes else ""
