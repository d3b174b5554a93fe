"""Mugs, pots, knives."""

from __future__ import annotations

from modules.catalog.seed.pictures.canvas import (
    BODY,
    STEEL,
    TRIM,
    Look,
    box,
    dark,
    fill,
    group,
    light,
    line,
    oval,
    shadow,
)


def mug(look: Look) -> str:
    """Draw a mug."""
    return _mug(look, top=150, half=78)


def tall_mug(look: Look) -> str:
    """Draw a tall mug."""
    return _mug(look, top=112, half=66)


def cup(look: Look) -> str:
    """Draw a round cup on its saucer."""
    bowl = "M112 186H288C288 262 252 304 200 304S112 262 112 186Z"
    return "".join(
        (
            shadow(128),
            oval(200, 308, 124, 15, dark(look.colour, 0.18)),
            oval(200, 303, 124, 15, BODY),
            oval(200, 302, 74, 8, dark(look.colour, 0.12)),
            line("M284 204C332 196 334 256 270 258", dark(look.colour, 0.12), 15),
            fill(bowl, BODY),
            _glaze(
                look,
                "M118 222C150 236 172 216 204 228S262 218 281 224C288 205 288 196 288 186H112C112 198 114 210 118 222Z",
            ),
            oval(200, 186, 88, 17, light(look.colour, 0.35)),
            oval(200, 188, 79, 13, "#5b3a26"),
            oval(190, 186, 40, 6, "#c99b6b"),
            _steam(200, 158),
        )
    )


def casserole(look: Look) -> str:
    """Draw a casserole with its lid."""
    return "".join(
        (
            shadow(140),
            box(58, 212, 284, 22, 11, dark(look.colour, 0.2)),
            fill("M82 198H318V276Q318 320 274 320H126Q82 320 82 276Z", BODY),
            fill("M82 198H318V214H82Z", dark(look.colour, 0.28), 'opacity=".45"'),
            fill("M74 200C82 152 140 138 200 138S318 152 326 200Z", BODY),
            box(70, 192, 260, 13, 6, dark(look.colour, 0.15)),
            box(184, 122, 32, 20, 6, dark(look.trim, 0.2)),
            oval(200, 118, 27, 13, TRIM),
            line("M112 178C126 160 150 154 172 152", "#ffffff", 7, 'opacity=".35"'),
        )
    )


def saucepan(look: Look) -> str:
    """Draw a saucepan with a long handle."""
    return "".join(
        (
            shadow(112, 176),
            line("M268 218L362 196", dark(look.trim, 0.1), 17),
            line("M268 214L358 193", light(look.trim, 0.25), 4),
            fill("M76 186H276V284Q276 320 240 320H112Q76 320 76 284Z", BODY),
            oval(176, 186, 100, 19, light(look.colour, 0.4)),
            oval(176, 189, 91, 14, dark(look.colour, 0.45)),
            line("M98 226V276", "#ffffff", 9, 'opacity=".35"'),
            _steam(176, 158),
        )
    )


def frying_pan(look: Look) -> str:
    """Draw a frying pan from above."""
    return group(
        "rotate(-38 200 200)",
        box(186, 250, 28, 134, 13, TRIM),
        box(190, 246, 20, 40, 6, STEEL),
        oval(200, 172, 114, 114, dark(look.colour, 0.28)),
        oval(200, 170, 112, 112, BODY),
        oval(200, 172, 94, 94, dark(look.colour, 0.42)),
        oval(196, 168, 88, 88, dark(look.colour, 0.32)),
        line("M138 132A74 74 0 0 1 188 98", "#ffffff", 8, 'opacity=".28"'),
        oval(200, 366, 6, 6, "#ffffff", 'opacity=".7"'),
    )


def chefs_knife(look: Look) -> str:
    """Draw a broad knife."""
    return _knife(look, "M176 40C222 84 230 168 226 246H176Z", "M176 40C206 84 212 168 210 246H176Z")


def bread_knife(look: Look) -> str:
    """Draw a long knife with a wavy edge."""
    waves = "".join("q9 -7 0 -14" for _ in range(13))
    return _knife(look, f"M182 246H216{waves}L182 40Z", "M182 246H202L194 62L182 40Z")


def paring_knife(look: Look) -> str:
    """Draw a small knife."""
    return _knife(look, "M180 96C216 136 220 196 217 246H180Z", "M180 96C204 140 206 196 204 246H180Z")


def board(look: Look) -> str:
    """Draw a chopping board with its grain."""
    grain = "".join(
        line(
            f"M{112 + 22 * at} 132C{104 + 22 * at} 190 {122 + 22 * at} 240 {112 + 22 * at} 312",
            dark(look.trim, 0.14),
            2,
        )
        for at in range(9)
    )
    return group(
        "rotate(8 200 210)",
        box(90, 118, 224, 214, 26, dark(look.trim, 0.35)),
        box(168, 46, 64, 96, 28, dark(look.trim, 0.12)),
        box(86, 112, 228, 212, 26, TRIM),
        grain,
        oval(200, 76, 12, 12, "#f6f2ea"),
    )


def _mug(look: Look, *, top: int, half: int) -> str:
    left, right = 190 - half, 190 + half
    middle = (top + 320) // 2
    foot = f"Q{left + 9} 320 {left + 30} 320H{right - 30}Q{right - 9} 320 {right - 7} 300"
    body = f"M{left} {top}L{left + 7} 300{foot}L{right} {top}Z"
    wave = f"C{right - 40} {middle + 20} {right - 60} {middle - 12} 190 {middle + 6}"
    dip = f"M{left} {top}H{right}L{right - 3} {middle}{wave}S{left + 30} {middle - 10} {left + 4} {middle + 10}Z"
    handle = f"M{right - 4} {top + 34}C{right + 66} {top + 22} {right + 62} {top + 138} {right - 8} {top + 126}"
    return "".join(
        (
            shadow(half + 26),
            line(handle, dark(look.colour, 0.2), 20),
            line(handle, look.colour, 13),
            fill(body, BODY),
            _glaze(look, dip),
            line(f"M{left + 22} {top + 40}L{left + 26} 280", "#ffffff", 8, 'opacity=".3"'),
            oval(190, top, half, 17, light(look.colour, 0.4)),
            oval(190, top + 2, half - 8, 13, "#53331f"),
            oval(180, top, half / 2, 6, "#8a5c38"),
            _steam(190, top - 28),
        )
    )


def _glaze(look: Look, dip: str) -> str:
    """Finish pottery: plain, dipped in a second glaze, or speckled."""
    if look.style % 3 == 1:
        return fill(dip, light(look.colour, 0.62), 'opacity=".85"')
    if look.style % 3 == 2:
        spots = ((140, 212), (168, 246), (205, 220), (236, 252), (184, 284), (222, 288), (152, 270), (246, 214))
        return "".join(oval(x, y, 3.4, 3, dark(look.colour, 0.45), 'opacity=".55"') for x, y in spots)
    return ""


def _steam(x: float, y: float) -> str:
    curl = "c-10 -14 10 -22 0 -38"
    return "".join(
        line(f"M{x + dx:g} {y + dy:g}{curl}", "#ffffff", 6, 'opacity=".8"') for dx, dy in ((-26, 2), (0, -6), (26, 2))
    )


def _knife(look: Look, blade: str, shine: str) -> str:
    rivets = "".join(oval(199, y, 4.5, 4.5, "#e6d9b8") for y in (278, 310, 342))
    return group(
        "rotate(38 200 205)",
        fill(blade, dark(STEEL, 0.12)),
        fill(shine, light(STEEL, 0.45)),
        box(174, 244, 48, 14, 4, dark(STEEL, 0.35)),
        fill("M176 256H222C226 300 228 330 224 362Q200 376 180 362C174 330 174 300 176 256Z", TRIM),
        rivets,
        line("M184 266V350", light(look.trim, 0.4), 3, 'opacity=".7"'),
    )
