"""Coffee, tea, preserves."""

from __future__ import annotations

from modules.catalog.seed.pictures.canvas import (
    BODY,
    INK,
    PAPER,
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


def coffee_bag(look: Look) -> str:
    """Draw a bag of coffee."""
    beans = "".join(
        _bean(x, y, turn) for x, y, turn in ((108, 312, 20), (300, 314, -35), (322, 306, 40), (84, 316, -60))
    )
    return "".join(
        (
            shadow(112),
            fill("M128 96L136 320H264L272 96Z", BODY),
            fill("M128 96L136 320H156L146 96Z", dark(look.colour, 0.3), 'opacity=".35"'),
            fill("M124 66H276V104H124Z", dark(look.colour, 0.18)),
            line("M126 84H274", light(look.colour, 0.35), 3),
            box(154, 150, 92, 116, 6, PAPER),
            _bean(200, 186, 24, 1.5),
            line("M174 226H226M182 242H218", dark(PAPER, 0.5), 5),
            oval(200, 124, 8, 8, dark(look.colour, 0.4)),
            beans,
        )
    )


def tea_tin(look: Look) -> str:
    """Draw a tin of tea."""
    round_tin = look.style % 2
    body = box(126, 134, 148, 186, 14 if round_tin else 6, BODY)
    lid = box(120, 96, 160, 46, 12 if round_tin else 5, light(look.colour, 0.1))
    return "".join(
        (
            shadow(104),
            body,
            lid,
            box(120, 132, 160, 9, 4, dark(look.colour, 0.35), 'opacity=".6"'),
            _tea_label(look),
            line("M140 156V300", "#ffffff", 7, 'opacity=".3"'),
            leaf(86, 318, 42, 62, "#7f9a5f"),
            leaf(318, 320, 38, -58, "#96ad6e"),
        )
    )


def tea_box(look: Look) -> str:
    """Draw a box of tea bags."""
    return "".join(
        (
            shadow(112),
            fill("M104 140L132 112H316L288 140Z", light(look.colour, 0.25)),
            fill("M288 140L316 112V292L288 320Z", dark(look.colour, 0.28)),
            box(104, 140, 184, 180, 4, BODY),
            group("translate(-4 12)", _tea_label(look)),
            line("M66 318V270", dark(PAPER, 0.3), 2),
            fill("M50 284H82V320H50Z", dark(PAPER, 0.06)),
            fill("M54 296H78V316H54Z", "#8c6a3f", 'opacity=".5"'),
            box(58, 254, 16, 20, 2, look.colour),
        )
    )


def honey_jar(look: Look) -> str:
    """Draw a jar of honey."""
    cells = "".join(
        fill(f"M{x} {y}l12 7v14l-12 7l-12 -7v-14Z", light("#e9b949", 0.25))
        for x, y in ((200, 196), (186, 221), (214, 221))
    )
    return _jar(look, box(150, 178, 100, 92, 8, PAPER) + cells + line("M176 260H224", dark(PAPER, 0.45), 4))


def jam_jar(look: Look) -> str:
    """Draw a jar of jam with a cloth over its lid."""
    berry = dark(look.colour, 0.05)
    fruit = (
        oval(188, 220, 16, 16, berry)
        + oval(214, 224, 15, 15, dark(look.colour, 0.2))
        + leaf(200, 208, 28, 30, "#6f8f63")
    )
    hem = "l-26 -8l-20 10l-24 -10l-26 10l-26 -10l-24 10l-20 -10L104 158"
    cloth = "".join(
        (
            fill(f"M112 132C112 98 150 88 200 88S288 98 288 132L296 158{hem}Z", TRIM),
            line("M124 134H276", light(look.trim, 0.6), 6),
            "".join(
                oval(x, 112 - abs(200 - x) * 0.06, 5, 5, light(look.trim, 0.65)) for x in (140, 165, 190, 215, 240, 262)
            ),
        )
    )
    return _jar(look, box(150, 178, 100, 92, 8, PAPER) + fruit + line("M176 256H224", dark(PAPER, 0.45), 4), cloth)


def _jar(look: Look, label: str, cloth: str = "") -> str:
    return "".join(
        (
            shadow(92),
            fill(
                "M118 176C118 156 132 148 138 138H262C268 148 282 156 282 176V290Q282 320 252 320H148Q118 320 118 290Z",
                BODY,
            ),
            fill("M128 176C128 160 142 152 146 144H254C258 152 272 160 272 176V186H128Z", "#ffffff", 'opacity=".3"'),
            cloth or box(128, 100, 144, 42, 10, TRIM) + line("M136 128H264", dark(look.trim, 0.25), 4),
            label,
            line("M134 190V292", "#ffffff", 8, 'opacity=".4"'),
        )
    )


def _tea_label(look: Look) -> str:
    sprig = leaf(200, 244, 40, -34, "#7f9a5f") + leaf(200, 244, 48, 4, "#6b8a52") + leaf(200, 244, 38, 42, "#96ad6e")
    frame = box(154, 172, 92, 112, 46 if look.style % 3 == 0 else 6, PAPER)
    return frame + sprig + line("M178 262H222", INK, 4, 'opacity=".6"')


def _bean(x: float, y: float, turn: float, size: float = 1) -> str:
    return group(
        f"translate({x:g} {y:g})rotate({turn:g})scale({size:g})",
        oval(0, 0, 9, 13, "#6b4530"),
        line("M0 -12C-5 -4 5 4 0 12", "#3f281b", 2.5),
    )
