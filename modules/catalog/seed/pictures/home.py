"""Lamps, cushions and throws, vases."""

from __future__ import annotations

from modules.catalog.seed.pictures.canvas import (
    BODY,
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


def table_lamp(look: Look) -> str:
    """Draw a table lamp, lit."""
    foot = (
        fill("M200 196C246 210 258 262 232 306H168C142 262 154 210 200 196Z", TRIM)
        if look.style % 2
        else fill("M188 196H212L216 300H184Z", TRIM)
    )
    return "".join(
        (
            shadow(78),
            oval(200, 200, 150, 116, "#ffe9a8", 'opacity=".3"'),
            foot,
            box(146, 304, 108, 16, 8, dark(look.trim, 0.25)),
            _shade(look, "M142 82H258L302 198H98Z", 82, 198),
        )
    )


def floor_lamp(look: Look) -> str:
    """Draw a floor lamp on three legs, lit."""
    return "".join(
        (
            shadow(88),
            oval(200, 136, 128, 100, "#ffe9a8", 'opacity=".3"'),
            line("M200 150L146 318M200 150L254 318", dark(look.trim, 0.1), 9),
            line("M200 150V314", dark(look.trim, 0.3), 9),
            line("M170 246H230", dark(look.trim, 0.2), 4),
            _shade(look, "M158 56H242L276 150H124Z", 56, 150),
        )
    )


def pendant(look: Look) -> str:
    """Draw a hanging lamp, lit."""
    bell = "M186 108H214C222 158 296 168 302 244H98C104 168 178 158 186 108Z"
    dome = "M184 108H216V124C274 132 304 182 308 244H92C96 182 126 132 184 124Z"
    return "".join(
        (
            fill("M98 246H302L372 400H28Z", "#ffe9a8", 'opacity=".32"'),
            line("M200 0V106", dark(look.trim, 0.4), 4),
            box(188, 88, 24, 24, 6, TRIM),
            oval(200, 244, 104, 18, "#fff3c9"),
            oval(200, 252, 26, 24, "#ffdf80"),
            fill(bell if look.style % 2 else dome, BODY),
            line("M128 222C134 190 152 174 174 164", "#ffffff", 7, 'opacity=".35"'),
        )
    )


def cushion(look: Look) -> str:
    """Draw a cushion: plain, striped or checked."""
    cover = "M88 104C132 116 268 116 312 104C300 150 300 266 312 314C268 304 132 304 88 314C100 266 100 150 88 104Z"
    pale = light(look.colour, 0.5)
    pattern = (
        line("M150 114V306M250 114V306M112 160H288M112 258H288", pale, 7, 'opacity=".7"'),
        "".join(line(f"M{x} 113V306", pale, 12 if x % 60 else 5, 'opacity=".75"') for x in (132, 166, 200, 234, 268)),
        line(
            "M200 208m-42 0a42 42 0 1 0 84 0a42 42 0 1 0 -84 0M110 138L290 280M290 138L110 280", pale, 6, 'opacity=".5"'
        ),
        "",
    )[look.style % 4]
    return "".join(
        (
            shadow(122),
            fill(cover, BODY),
            pattern,
            line(cover, dark(look.colour, 0.3), 5),
            line(
                "M108 130C122 142 132 146 146 148M292 130C278 142 268 146 254 148",
                dark(look.colour, 0.3),
                4,
                'opacity=".6"',
            ),
            line(
                "M108 290C122 278 132 274 146 272M292 290C278 278 268 274 254 272",
                dark(look.colour, 0.3),
                4,
                'opacity=".6"',
            ),
        )
    )


def throw(look: Look) -> str:
    """Draw a folded blanket with stripes and a fringe."""
    rows = (((143, 14), (172, 5)), ((130, 5), (144, 5), (158, 5)), ((132, 26),))[look.style % 3]
    stripes = "".join(box(100, y, 200, height, 0, light(look.colour, 0.6), 'opacity=".8"') for y, height in rows)
    fringe = "".join(line(f"M{x} 290v22", dark(look.colour, 0.12), 5) for x in range(108, 300, 14))
    return "".join(
        (
            shadow(116),
            fringe,
            fill("M112 84H304Q316 84 316 96V286H124Z", dark(look.colour, 0.3)),
            fill("M106 90H298Q308 90 308 102V290H106Z", dark(look.colour, 0.12)),
            fill("M100 108Q100 96 112 96H288Q300 96 300 108V296H100Z", BODY),
            stripes,
            line("M104 236H296", dark(look.colour, 0.22), 3, 'opacity=".6"'),
            line("M104 242H296", light(look.colour, 0.3), 3, 'opacity=".6"'),
        )
    )


def round_vase(look: Look) -> str:
    """Draw a round vase with leaves."""
    body = "M172 168H228C226 186 286 196 286 252C286 298 254 320 200 320S114 298 114 252C114 196 174 186 172 168Z"
    return shadow(92) + _leaves(look, 168) + fill(body, BODY) + _rim(look, 28, 168) + _bands(look, 250, 84)


def tall_vase(look: Look) -> str:
    """Draw a tall vase with a branch."""
    left = "C160 308 150 286 148 250C146 206 176 170 170 128Z"
    body = f"M170 128H230C224 170 254 206 252 250C250 286 240 308 234 320H166{left}"
    return shadow(66) + _leaves(look, 128) + fill(body, BODY) + _rim(look, 30, 128) + _bands(look, 252, 50)


def bud_vase(look: Look) -> str:
    """Draw a small vase with a single flower."""
    petal = oval(206, 74, 13, 26, light("#d98c7a", 0.15))
    petals = "".join(group(f"rotate({at * 60} 206 98)", petal) for at in range(6))
    body = "M186 190H214C212 222 256 240 256 280C256 308 236 320 200 320S144 308 144 280C144 240 188 222 186 190Z"
    return "".join(
        (
            shadow(66),
            line("M200 196C198 160 204 130 206 100", "#6d8a5a", 6),
            leaf(201, 168, 44, 58, "#7c9a66"),
            petals,
            oval(206, 98, 13, 13, "#e8b84f"),
            fill(body, BODY),
            _rim(look, 14, 190),
            _bands(look, 278, 54),
        )
    )


def _shade(look: Look, outline: str, top: int, bottom: int) -> str:
    pleats = "".join(
        line(f"M{200 + at * 11} {top + 6}L{200 + at * 20} {bottom - 6}", light(look.colour, 0.45), 3)
        for at in range(-4, 5)
    )
    return fill(outline, BODY) + (pleats if look.style % 3 == 0 else "") + fill(outline, "#fff2c4", 'opacity=".22"')


def _leaves(look: Look, y: int) -> str:
    green = ("#6f8f63", "#8aa37b", "#5f7f6d")[look.style % 3]
    angles = ((-46, 104), (-22, 124), (2, 112), (24, 128), (48, 98))
    return "".join(leaf(200 + angle * 0.2, y + 6, min(length, y - 34), angle, green) for angle, length in angles)


def _rim(look: Look, half: int, y: int) -> str:
    return oval(200, y, half, 7, dark(look.colour, 0.4)) + line(
        f"M{200 - half} {y}a{half} 7 0 0 0 {2 * half} 0", light(look.colour, 0.4), 4
    )


def _bands(look: Look, y: int, half: int) -> str:
    pale = light(look.colour, 0.55)
    if look.style % 3 == 0:
        return line(
            f"M{200 - half} {y}q{half} 16 {2 * half} 0M{202 - half} {y + 16}q{half - 2} 14 {2 * half - 4} 0",
            pale,
            5,
            'opacity=".7"',
        )
    if look.style % 3 == 1:
        return "".join(
            oval(200 + x * half / 3, y + 8 - abs(x) * 2, 5, 5, pale, 'opacity=".8"') for x in (-2, -1, 0, 1, 2)
        )
    return line(f"M{200 - half * 0.7:g} {y - 20}q-10 24 2 46", "#ffffff", 8, 'opacity=".35"')
