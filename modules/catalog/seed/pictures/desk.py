"""Notebooks, pens, books."""

from __future__ import annotations

from modules.catalog.seed.pictures.canvas import (
    BODY,
    INK,
    PAPER,
    STEEL,
    TRIM,
    Look,
    box,
    dark,
    fill,
    group,
    leaf,
    light,
    line,
    oval,
)


def notebook(look: Look) -> str:
    """Draw a notebook with an elastic band."""
    return group(
        "rotate(-7 200 200)",
        box(112, 76, 192, 258, 12, "#2a2433", 'opacity=".12"'),
        box(110, 72, 186, 254, 8, dark(PAPER, 0.1)),
        box(106, 68, 186, 254, 8, PAPER),
        box(98, 64, 188, 254, 10, BODY),
        box(98, 64, 22, 254, 8, dark(look.colour, 0.22), 'opacity=".6"'),
        _label(look),
        box(258, 64, 9, 254, 0, dark(look.trim, 0.2)),
        line("M150 318v30l8 -8l8 8v-30", look.trim, 5),
    )


def spiral_notebook(look: Look) -> str:
    """Draw a spiral-bound notebook."""
    rings = "".join(
        oval(112, y, 6, 6, dark(look.colour, 0.5))
        + line(f"M112 {y}C84 {y - 14} 84 {y + 14} 108 {y + 5}", dark(STEEL, 0.25), 5)
        for y in range(88, 312, 24)
    )
    return group(
        "rotate(5 200 200)",
        box(104, 72, 200, 258, 10, "#2a2433", 'opacity=".12"'),
        box(100, 66, 200, 258, 8, PAPER),
        box(96, 62, 198, 256, 10, BODY),
        _label(look),
        rings,
    )


def sketchbook(look: Look) -> str:
    """Draw an open sketchbook with a drawing in it."""
    hill = dark(look.colour, 0.1)
    return group(
        "rotate(-4 200 210)",
        box(46, 122, 308, 196, 12, "#2a2433", 'opacity=".12"'),
        box(42, 114, 316, 196, 10, BODY),
        fill("M54 120H196Q200 122 200 128V304Q198 298 192 298H54Z", PAPER),
        fill("M346 120H204Q200 122 200 128V304Q202 298 208 298H346Z", dark(PAPER, 0.03)),
        line("M200 124V302", dark(PAPER, 0.25), 3),
        oval(290, 168, 19, 19, light(look.trim, 0.2)),
        fill("M218 276C240 220 262 214 280 242C296 214 316 216 334 276Z", hill, 'opacity=".8"'),
        fill("M218 276C254 244 300 256 334 276Z", light(look.colour, 0.35)),
        line("M76 158H172M76 182H176M76 206H160M76 230H174M76 254H140", dark(PAPER, 0.3), 3),
    )


def fountain_pen(look: Look) -> str:
    """Draw a fountain pen and the line it wrote."""
    return _ink(look) + group(
        "rotate(42 200 190)",
        fill("M182 284H218L203 346Q200 352 197 346Z", light("#d9b45f", 0.2)),
        line("M200 300V338", dark("#d9b45f", 0.5), 2),
        oval(200, 300, 4, 4, dark("#d9b45f", 0.5)),
        fill("M176 150H224L218 288H182Z", dark(look.colour, 0.25)),
        box(172, 24, 56, 140, 22, BODY),
        box(172, 152, 56, 13, 4, TRIM),
        box(212, 44, 11, 92, 5, dark(look.trim, 0.1)),
        line("M184 52V140", "#ffffff", 6, 'opacity=".4"'),
    )


def rollerball(look: Look) -> str:
    """Draw a slim pen with a clip and the line it wrote."""
    return _ink(look) + group(
        "rotate(42 200 190)",
        fill("M184 284H216L204 338H196Z", STEEL),
        line("M200 338V346", INK, 5),
        box(180, 46, 40, 242, 10, BODY),
        box(180, 196, 40, 11, 0, TRIM),
        box(190, 26, 20, 24, 8, TRIM),
        box(211, 56, 9, 92, 4, dark(look.trim, 0.15)),
        line("M190 66V180", "#ffffff", 5, 'opacity=".4"'),
        line("M184 232H216M184 244H216M184 256H216M184 268H216", dark(look.colour, 0.35), 3),
    )


def pencil(look: Look) -> str:
    """Draw a clutch pencil and the line it wrote."""
    return _ink(look) + group(
        "rotate(42 200 190)",
        fill("M186 278H214L203 334H197Z", STEEL),
        line("M200 332V346", INK, 4),
        fill("M180 60H220V280H180Z", BODY),
        fill("M193 60H207V280H193Z", light(look.colour, 0.28), 'opacity=".8"'),
        box(178, 56, 44, 22, 3, TRIM),
        box(183, 30, 34, 28, 9, dark(look.trim, 0.15)),
        box(178, 232, 44, 9, 2, dark(look.trim, 0.1)),
    )


def cookbook(look: Look) -> str:
    """Draw a book with a bowl on its cover."""
    bowl = fill("M156 196H260C260 240 236 258 208 258S156 240 156 196Z", light(look.colour, 0.7))
    return _book(
        look,
        bowl
        + oval(208, 196, 52, 9, dark(look.colour, 0.35))
        + leaf(196, 192, 44, -22, "#8aa37b")
        + leaf(218, 192, 38, 24, "#6f8f63"),
    )


def garden_book(look: Look) -> str:
    """Draw a book with a sprig on its cover."""
    sprig = "".join(leaf(208, 258 - at * 24, 44 - at * 3, side * 52, "#e4ead2") for at in range(4) for side in (-1, 1))
    return _book(look, line("M208 264V156", "#e4ead2", 4) + sprig + leaf(208, 164, 32, 0, "#e4ead2"))


def travel_book(look: Look) -> str:
    """Draw a book with mountains on its cover."""
    peaks = fill("M140 258L184 178L208 214L230 188L276 258Z", light(look.colour, 0.6))
    return _book(
        look,
        oval(244, 166, 17, 17, light(look.trim, 0.4)) + peaks + fill("M184 178L198 199L186 206L174 197Z", "#ffffff"),
    )


def _book(look: Look, emblem: str) -> str:
    return group(
        "rotate(4 200 200)",
        box(110, 66, 196, 268, 8, "#2a2433", 'opacity=".12"'),
        box(112, 62, 188, 264, 6, dark(PAPER, 0.12)),
        line("M296 70V320M292 70V320", dark(PAPER, 0.25), 1),
        box(104, 56, 188, 264, 6, BODY),
        box(104, 56, 20, 264, 5, dark(look.colour, 0.3), 'opacity=".55"'),
        line("M150 92H268M164 112H254", light(look.colour, 0.75), 7),
        emblem,
        line("M176 294H240", light(look.colour, 0.6), 5),
    )


def _label(look: Look) -> str:
    if look.style % 3 == 0:
        return box(142, 112, 96, 62, 5, PAPER) + line("M158 134H222M158 152H206", dark(PAPER, 0.4), 4)
    if look.style % 3 == 1:
        return line("M136 266C160 226 180 286 204 246S236 232 244 218", light(look.colour, 0.6), 6, 'opacity=".9"')
    return oval(190, 150, 28, 28, light(look.colour, 0.6), 'opacity=".9"') + oval(190, 150, 18, 18, look.colour)


def _ink(look: Look) -> str:
    return line("M44 330C70 296 92 352 118 322S108 296 88 316", dark(look.colour, 0.3), 5)
