"""What a picture may contain. It is shown to customers, so nothing in it may run or reach outside."""

from __future__ import annotations

import re
from xml.parsers import expat

from contracts.catalog import InvalidPicture

_NAMESPACE = "http://www.w3.org/2000/svg"
_ELEMENTS = """
    svg title desc defs g path rect circle ellipse line polyline polygon text tspan linearGradient radialGradient
    stop clipPath mask pattern
"""
_ATTRIBUTES = """
    xmlns version viewBox width height preserveAspectRatio id role aria-labelledby aria-describedby aria-hidden
    x y x1 y1 x2 y2 cx cy r rx ry fx fy dx dy d points pathLength offset transform opacity color
    fill fill-opacity fill-rule stroke stroke-width stroke-opacity stroke-linecap stroke-linejoin stroke-miterlimit
    stroke-dasharray stroke-dashoffset stop-color stop-opacity clip-path clip-rule mask
    gradientUnits gradientTransform spreadMethod patternUnits patternTransform patternContentUnits
    clipPathUnits maskUnits maskContentUnits
    text-anchor dominant-baseline font-family font-size font-style font-weight letter-spacing
"""
_FUNCTIONS = "matrix translate scale rotate skewX skewY rgb rgba hsl hsla url"

_elements = frozenset(_ELEMENTS.split())
_attributes = frozenset(_ATTRIBUTES.split())
_functions = frozenset(_FUNCTIONS.split())


def check_picture(svg: str) -> None:
    """Refuse, with `InvalidPicture`, whatever is not a plain drawing in SVG."""
    parser = expat.ParserCreate("utf-8")
    parser.StartElementHandler = _Drawing().start
    parser.XmlDeclHandler = _check_declaration
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.ProcessingInstructionHandler = _refuse_instruction
    try:
        parser.Parse(svg.encode(), True)
    except expat.ExpatError as error:
        raise InvalidPicture(problem=f"it is not well-formed: {error}") from None
    except UnicodeEncodeError:
        raise InvalidPicture(problem="it holds characters that no text may hold") from None


class _Drawing:
    def __init__(self) -> None:
        self._inside = False

    def start(self, element: str, attributes: dict[str, str]) -> None:
        if not self._inside and (element != "svg" or attributes.get("xmlns") != _NAMESPACE):
            raise InvalidPicture(problem=f"its root is not <svg xmlns='{_NAMESPACE}'>")
        self._inside = True
        if element not in _elements:
            raise InvalidPicture(problem=f"<{element[:40]}> is not allowed in it")
        for name, value in attributes.items():
            if name not in _attributes or (name == "xmlns" and value != _NAMESPACE):
                raise InvalidPicture(problem=f"{name[:40]}='{value[:40]}' is not allowed in it")
            if not _stays_inside(value):
                raise InvalidPicture(problem=f"{name}='{value[:40]}' could reach outside of it")


def _stays_inside(value: str) -> bool:
    """Say whether a value calls only harmless functions, and url() only for the drawing's own parts.

    A backslash or a comment could spell a function so that it is not seen here.
    """
    called = re.findall(r"([\w-]*)\s*\(\s*(.?)", value)
    return (
        "\\" not in value
        and "/*" not in value
        and all(name in _functions and (name != "url" or argument == "#") for name, argument in called)
    )


def _check_declaration(_version: str, encoding: str | None, _standalone: int) -> None:
    if encoding is not None and encoding.lower() != "utf-8":
        raise InvalidPicture(problem=f"it says that it is written in {encoding[:40]}, not in UTF-8")


def _refuse_doctype(*_: object) -> None:
    raise InvalidPicture(problem="it has a document type")


def _refuse_instruction(target: str, _data: str) -> None:
    raise InvalidPicture(problem=f"it has a processing instruction ({target[:40]})")
