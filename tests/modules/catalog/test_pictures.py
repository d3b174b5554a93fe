"""What a picture may contain."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.catalog import InvalidPicture
from modules.catalog.pictures import check_picture

_SVG = '<svg xmlns="http://www.w3.org/2000/svg">{}</svg>'


@pytest.mark.parametrize(
    "inside",
    [
        "",
        "<title>Mug &amp; cup (blue)</title><desc>url(http://x) in a text is only text</desc>",
        '<defs><linearGradient id="a"><stop offset="0" stop-color="#fff"/></linearGradient></defs>',
        '<g transform="translate(1 2) rotate(3)"><path d="M0 0" fill="url(#a)"/></g>',
        '<rect fill="rgb(1, 2, 3)" clip-path="url( #a )"/>',
        "<!-- a comment -->",
    ],
)
def test_a_plain_drawing_is_let_in(inside: str) -> None:
    check_picture(_SVG.format(inside))
    check_picture('<?xml version="1.0" encoding="UTF-8"?>' + _SVG.format(inside))


@pytest.mark.parametrize(
    "inside",
    [
        "<script>alert(1)</script>",
        '<SCRIPT xmlns="http://www.w3.org/1999/xhtml"/>',
        '<h:script xmlns:h="http://www.w3.org/1999/xhtml"/>',
        '<g xmlns="http://www.w3.org/1999/xhtml"/>',
        '<rect onload="alert(1)"/>',
        '<rect style="fill:red"/>',
        "<style>@import 'x'</style>",
        '<a href="javascript:alert(1)"><rect/></a>',
        '<image href="https://example.com/x.png"/>',
        '<use href="#a"/>',
        "<foreignObject/>",
        '<animate attributeName="fill" to="red"/>',
        '<rect xlink:href="#a" xmlns:xlink="http://www.w3.org/1999/xlink"/>',
        '<rect fill="url(https://example.com/x)"/>',
        '<rect fill="URL(#a)"/>',
        '<rect fill="u\\72l(https://example.com/x)"/>',
        '<rect mask="image-set(&quot;https://example.com/x&quot;)"/>',
        '<rect fill="url/**/(https://example.com/x)"/>',
        '<?xml-stylesheet href="https://example.com/x.css"?>',
    ],
)
def test_whatever_could_run_or_reach_outside_is_refused(inside: str) -> None:
    with pytest.raises(InvalidPicture):
        check_picture(_SVG.format(inside))


@pytest.mark.parametrize(
    "svg",
    [
        "",
        "not a picture",
        "<svg/>",
        "<html/>",
        _SVG.format("<g>"),
        _SVG.format("&unknown;"),
        _SVG.format("\ud800"),
        '<?xml version="1.0" encoding="UTF-16"?>' + _SVG.format(""),
        '<?xml version="1.0" encoding="nonsense"?>' + _SVG.format(""),
        '<!DOCTYPE svg [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>' + _SVG.format("<title>&b;</title>"),
        '<!DOCTYPE svg SYSTEM "https://example.com/x.dtd">' + _SVG.format(""),
    ],
)
def test_what_is_no_svg_is_refused(svg: str) -> None:
    with pytest.raises(InvalidPicture):
        check_picture(svg)


@given(st.text(max_size=200))
def test_any_text_is_let_in_or_refused(svg: str) -> None:
    try:
        check_picture(svg)
    except InvalidPicture as refused:
        assert refused.problem  # noqa: PT017  # either outcome is fine, anything else is not
