"""Backpacks, tents, bottles."""

from __future__ import annotations

from modules.catalog.seed.pictures.canvas import BODY, TRIM, Look, box, dark, fill, light, line, oval, shadow


def daypack(look: Look) -> str:
    """Draw a small backpack."""
    return "".join(
        (
            shadow(104),
            line("M168 92C168 52 232 52 232 92", dark(look.colour, 0.35), 11),
            box(96, 206, 28, 92, 14, dark(look.colour, 0.3)),
            box(276, 206, 28, 92, 14, dark(look.colour, 0.3)),
            fill("M110 156C110 96 150 82 200 82S290 96 290 156V284Q290 320 254 320H146Q110 320 110 284Z", BODY),
            line("M134 160C134 122 158 108 200 108S266 122 266 160", dark(look.colour, 0.35), 5),
            box(134, 206, 132, 92, 20, light(look.colour, 0.14)),
            line("M148 226H252", dark(look.colour, 0.35), 5),
            line("M240 226v18", look.trim, 7),
            box(182, 148, 36, 26, 6, TRIM),
            line("M128 150V190", "#ffffff", 7, 'opacity=".3"'),
        )
    )


def trekking_pack(look: Look) -> str:
    """Draw a tall backpack with a lid and a rolled mat."""
    return "".join(
        (
            shadow(106),
            line("M172 66C172 38 228 38 228 66", dark(look.colour, 0.4), 10),
            box(94, 176, 30, 110, 14, dark(look.colour, 0.3)),
            box(276, 176, 30, 110, 14, dark(look.colour, 0.3)),
            box(114, 96, 172, 200, 30, BODY),
            box(138, 190, 124, 84, 16, light(look.colour, 0.15)),
            fill("M106 128C106 78 146 60 200 60S294 78 294 128L286 152H114Z", dark(look.colour, 0.14)),
            line("M156 126V186M244 126V186", dark(look.trim, 0.15), 9),
            box(147, 160, 18, 16, 4, light(look.trim, 0.4)),
            box(235, 160, 18, 16, 4, light(look.trim, 0.4)),
            box(102, 286, 196, 38, 19, TRIM),
            oval(118, 305, 10, 12, dark(look.trim, 0.3)),
            line("M156 286V324M244 286V324", dark(look.colour, 0.45), 7),
        )
    )


def dome_tent(look: Look) -> str:
    """Draw a dome tent."""
    return "".join(
        (
            _meadow(),
            fill("M58 306C78 178 138 122 200 122S322 178 342 306Z", BODY),
            fill("M200 122C262 122 322 178 342 306H258C250 222 232 158 200 122Z", dark(look.colour, 0.16)),
            fill("M200 146C168 190 150 248 146 306H254C250 248 232 190 200 146Z", dark(look.colour, 0.5)),
            fill("M200 146C168 190 150 248 146 306H176C176 250 184 192 200 146Z", light(look.colour, 0.3)),
            line("M58 306C78 178 138 122 200 122S322 178 342 306", light(look.colour, 0.35), 5),
            _pegs(look, 46, 354),
        )
    )


def ridge_tent(look: Look) -> str:
    """Draw a ridge tent."""
    return "".join(
        (
            _meadow(),
            line("M154 112V96M300 138V124", dark(look.trim, 0.3), 7),
            fill("M154 112L300 138L358 300L252 306Z", dark(look.colour, 0.14)),
            fill("M154 112L252 306H54Z", BODY),
            fill("M154 150L204 306H106Z", dark(look.colour, 0.5)),
            fill("M154 150L106 306H132Z", light(look.colour, 0.32)),
            fill("M154 150L204 306H180Z", light(look.colour, 0.2)),
            line("M154 112L300 138", light(look.colour, 0.4), 5),
            _pegs(look, 38, 368),
        )
    )


def tarp(look: Look) -> str:
    """Draw a tarp between two poles."""
    return "".join(
        (
            _meadow(),
            line("M82 160V308M318 160V308", dark(look.trim, 0.2), 8),
            fill("M82 150C150 178 250 178 318 150L352 226C254 204 146 204 48 226Z", BODY),
            fill("M48 226C146 204 254 204 352 226L346 238C252 218 148 218 54 238Z", dark(look.colour, 0.35)),
            line("M82 150C150 178 250 178 318 150", light(look.colour, 0.4), 5),
            line("M48 226L24 306M352 226L376 306", dark(look.trim, 0.3), 3),
            _pegs(look, 24, 376),
        )
    )


def bottle(look: Look) -> str:
    """Draw an insulated bottle."""
    return "".join(
        (
            shadow(62),
            fill(
                "M150 160C150 132 172 128 176 108H224C228 128 250 132 250 160V296Q250 320 226 320H174Q150 320 150 296Z",
                BODY,
            ),
            box(172, 72, 56, 40, 10, TRIM),
            line("M184 72C184 44 216 44 216 72", dark(look.trim, 0.3), 8),
            box(150, 288, 100, 10, 0, dark(look.colour, 0.3), 'opacity=".5"'),
            _emblem(look, 214),
            line("M170 160V270", "#ffffff", 9, 'opacity=".3"'),
        )
    )


def wide_bottle(look: Look) -> str:
    """Draw a wide bottle with a carrying loop."""
    return "".join(
        (
            shadow(74),
            fill(
                "M136 156C136 140 150 132 164 130H236C250 132 264 140 264 156V292Q264 320 236 320H164Q136 320 136 292Z",
                BODY,
            ),
            line("M238 96C292 84 296 146 262 162", dark(look.trim, 0.25), 10),
            box(154, 84, 92, 50, 12, TRIM),
            line("M166 98V120M182 98V120M198 98V120M214 98V120M230 98V120", dark(look.trim, 0.25), 3),
            _emblem(look, 226),
            line("M158 166V276", "#ffffff", 9, 'opacity=".3"'),
        )
    )


def flask(look: Look) -> str:
    """Draw a vacuum flask with its cup."""
    return "".join(
        (
            shadow(66, 190),
            box(136, 92, 108, 228, 22, BODY),
            box(140, 44, 100, 72, 16, TRIM),
            box(136, 112, 108, 12, 0, dark(look.colour, 0.35)),
            box(136, 284, 108, 12, 0, dark(look.colour, 0.3), 'opacity=".5"'),
            line("M240 156C302 152 302 252 242 248", dark(look.trim, 0.25), 13),
            _emblem(look, 206, 190),
            line("M156 140V262", "#ffffff", 9, 'opacity=".3"'),
        )
    )


def _emblem(look: Look, y: int, x: int = 200) -> str:
    pale = light(look.colour, 0.65)
    if look.style % 3 == 0:
        return fill(
            f"M{x - 30} {y + 18}L{x - 8} {y - 18}L{x + 4} {y}L{x + 12} {y - 10}L{x + 30} {y + 18}Z",
            pale,
            'opacity=".85"',
        )
    if look.style % 3 == 1:
        return line(f"M{x - 28} {y - 8}q14 -12 28 0t28 0M{x - 28} {y + 10}q14 -12 28 0t28 0", pale, 6, 'opacity=".85"')
    return oval(x, y, 17, 17, pale, 'opacity=".85"')


def _meadow() -> str:
    tufts = "".join(line(f"M{x} 318l-4 -12m4 12v-15m0 15l5 -11", "#86a06f", 3) for x in (28, 96, 292, 372))
    return fill("M0 302C80 288 300 294 400 300V400H0Z", "#c7d3af") + tufts


def _pegs(look: Look, left: int, right: int) -> str:
    return line(f"M{left} 304l-3 12M{right} 304l3 12", dark(look.trim, 0.35), 5)
