"""Plant pots, watering cans, hand tools."""

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
    leaf,
    light,
    line,
    oval,
    shadow,
)

_GREENS = ("#6f8f63", "#5b8a6a", "#86a35e", "#4f7a5a")


def round_pot(look: Look) -> str:
    """Draw a pot with a bushy plant."""
    return "".join(
        (
            shadow(84),
            _bush(look, 214),
            fill("M124 222H276L256 306Q252 320 238 320H162Q148 320 144 306Z", BODY),
            box(114, 204, 172, 30, 8, light(look.colour, 0.12)),
            box(114, 226, 172, 9, 4, dark(look.colour, 0.25), 'opacity=".5"'),
            _pattern(look, 274),
        )
    )


def planter(look: Look) -> str:
    """Draw a tall planter with long leaves."""
    green = _GREENS[look.style % 4]
    blades = "".join(
        leaf(200 + angle * 0.5, 196, length, angle, green if angle % 4 else light(green, 0.2))
        for angle, length in ((-38, 128), (38, 126), (-20, 148), (22, 150), (0, 164), (-8, 118), (10, 122))
    )
    return "".join(
        (
            shadow(74),
            blades,
            fill("M134 186H266L250 320H150Z", BODY),
            box(128, 180, 144, 18, 6, light(look.colour, 0.15)),
            _pattern(look, 256),
        )
    )


def hanging_pot(look: Look) -> str:
    """Draw a hanging pot with trailing plants."""
    green = _GREENS[look.style % 4]
    vines = "".join(
        line(f"M{x} 186q{dx} 50 {dx} {drop}", dark(green, 0.1), 4)
        + "".join(oval(x + dx * share, 190 + drop * share, 12, 9, green) for share in (0.45, 0.75, 1.0))
        for x, dx, drop in ((146, -34, 112), (182, -14, 76), (226, 14, 90), (254, 34, 120))
    )
    return "".join(
        (
            line("M200 20L124 186M200 20L276 186", dark(look.trim, 0.2), 4),
            oval(200, 20, 9, 9, dark(look.trim, 0.35)),
            _bush(look, 176, spread=0.8),
            fill("M118 180H282C282 252 248 282 200 282S118 252 118 180Z", BODY),
            box(112, 170, 176, 20, 9, light(look.colour, 0.15)),
            vines,
        )
    )


def watering_can(look: Look) -> str:
    """Draw a watering can."""
    drops = "".join(
        oval(x, y, 4, 6, "#7fb2d1", 'opacity=".8"') for x, y in ((46, 172), (60, 196), (36, 202), (52, 224))
    )
    body = (
        "M132 172H288L300 306Q300 320 286 320H134Q120 320 120 306Z"
        if look.style % 2
        else "M138 180C138 164 282 164 282 180C312 220 312 290 292 320H128C108 290 108 220 138 180Z"
    )
    return "".join(
        (
            shadow(112, 208),
            line("M284 196C372 176 366 296 294 288", dark(look.trim, 0.1), 13),
            line("M150 172C156 92 262 92 272 172", dark(look.trim, 0.1), 12),
            fill("M128 286L58 148L76 138L140 236Z", dark(look.colour, 0.12)),
            group("rotate(-28 64 142)", box(34, 130, 62, 17, 6, dark(look.colour, 0.3))),
            drops,
            fill(body, BODY),
            oval(210, 176, 66, 10, dark(look.colour, 0.4)),
            line("M124 284Q208 298 298 284", light(look.colour, 0.4), 5, 'opacity=".6"'),
            line("M150 208V264", "#ffffff", 8, 'opacity=".3"'),
        )
    )


def trowel(look: Look) -> str:
    """Draw a hand trowel."""
    blade = "M170 54C170 34 230 34 230 54C240 110 228 160 200 176C172 160 160 110 170 54Z"
    return _tool(
        look,
        group(
            "rotate(180 200 113)",
            fill(blade, dark(STEEL, 0.1)),
            fill("M200 42C228 42 230 54 230 54C240 110 228 160 200 176Z", light(STEEL, 0.35)),
        ),
    )


def hand_fork(look: Look) -> str:
    """Draw a hand fork with three tines."""
    tines = line("M158 52V128Q158 160 200 162T242 128V52", dark(STEEL, 0.15), 15) + line(
        "M200 46V168", light(STEEL, 0.1), 15
    )
    return _tool(look, tines)


def dibber(look: Look) -> str:
    """Draw a dibber with its marks."""
    return _tool(
        look,
        fill("M182 176H218L214 84L200 34L186 84Z", dark(STEEL, 0.12)),
        fill("M200 176H218L214 84L200 34Z", light(STEEL, 0.3)),
        line("M186 146H214M187 122H213M188 98H212", dark(STEEL, 0.4), 3),
    )


def _tool(look: Look, *head: str) -> str:
    return group(
        "rotate(-34 200 200)",
        *head,
        line("M200 168V214", dark(STEEL, 0.3), 15),
        line("M195 168V214", light(STEEL, 0.3), 4),
        fill("M182 210H218C226 262 222 320 216 352Q200 368 184 352C178 320 174 262 182 210Z", TRIM),
        box(180, 208, 40, 14, 5, look.colour),
        box(178, 318, 44, 18, 7, look.colour),
        oval(200, 350, 5, 5, "#ffffff", 'opacity=".75"'),
    )


def _bush(look: Look, y: int, spread: float = 1.0) -> str:
    green = _GREENS[look.style % 4]
    stalks = ((-62, 96), (62, 94), (-40, 122), (42, 120), (-16, 138), (18, 136))
    return "".join(
        leaf(200 + angle * 0.5 * spread, y, length * spread, angle, green if place % 2 else light(green, 0.18))
        for place, (angle, length) in enumerate(stalks)
    )


def _pattern(look: Look, y: int) -> str:
    pale = light(look.colour, 0.5)
    if look.style % 3 == 0:
        return line(f"M158 {y}l14 -12l14 12l14 -12l14 12l14 -12l14 12", pale, 5, 'opacity=".75"')
    if look.style % 3 == 1:
        return line(f"M154 {y - 6}H246M157 {y + 8}H243", pale, 5, 'opacity=".7"')
    return line(f"M158 {y - 22}L166 {y + 22}", "#ffffff", 8, 'opacity=".3"')
