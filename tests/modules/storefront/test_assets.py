"""Style, script and icon come from the store itself, and are kept by browsers for as long as they are the same."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import modules.storefront
from modules.storefront.assets import Assets
from tests.modules.storefront.world import World

STATIC = Path(modules.storefront.__file__).parent / "static"


@pytest.mark.parametrize(
    ("selector", "attribute", "kind"),
    [
        ("link[rel=stylesheet]", "href", "text/css; charset=utf-8"),
        ("link[rel=icon]", "href", "image/svg+xml"),
        ("script", "src", "text/javascript; charset=utf-8"),
    ],
)
def test_a_page_names_files_that_never_change(world: World, selector: str, attribute: str, kind: str) -> None:
    element = world.get("/").html.select_one(selector)
    assert element is not None
    address = str(element[attribute])
    answer = world.browser.get(address)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == kind
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    again = world.browser.get(address, headers={"if-none-match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_another_releases_file_is_not_kept(world: World) -> None:
    answer = world.browser.get("/static/0000/style.css")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("name", ["nope.css", "NOTICE", "..%2Fassets.py", "style%2F10-base.css"])
def test_nothing_else_is_served(world: World, name: str) -> None:
    assert world.browser.get(f"/static/x/{name}").status_code == 404


def test_a_files_address_changes_with_its_content(tmp_path: Path) -> None:
    (tmp_path / "style").mkdir()
    (tmp_path / "style" / "a.css").write_text("a{}")
    (tmp_path / "htmx.min.js").write_text("")
    (tmp_path / "icon.svg").write_text("")
    before = Assets(tmp_path)
    (tmp_path / "style" / "b.css").write_text("b{}")
    after = Assets(tmp_path)
    assert before.address("style.css") != after.address("style.css")
    assert before.address("icon.svg") == after.address("icon.svg")


def test_htmx_comes_with_its_licence() -> None:
    version = re.search(r'this.version="([\d.]+)"', (STATIC / "htmx.min.js").read_text())
    assert version is not None
    notice = (STATIC / "NOTICE").read_text()
    assert f"htmx {version[1]}" in notice
    assert "Zero-Clause BSD" in notice


def contrast(one: str, other: str) -> float:
    """Return two colours' contrast ratio (WCAG 2.2, definition of contrast ratio)."""
    lights = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lights[0] + 0.05) / (lights[1] + 0.05)


def _luminance(colour: str) -> float:
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_colours_can_be_told_apart(scheme: str) -> None:
    sheet = (STATIC / "style" / "10-base.css").read_text()
    light, dark = (dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", part)) for part in sheet.split("@media", 1))
    colours = light if scheme == "light" else {**light, **dark}
    assert set(light) == set(colours)
    for text in ("text", "soft", "accent", "accent-strong", "good", "bad"):
        for ground in ("ground", "surface"):
            assert contrast(colours[text], colours[ground]) >= 4.5, (text, ground)
    for text, ground in (
        *((each, "sunken") for each in ("text", "soft", "accent")),
        ("text", "note-ground"),
        ("bad", "bad-ground"),
        ("on-accent", "accent"),
        ("on-accent", "accent-strong"),
    ):
        assert contrast(colours[text], colours[ground]) >= 4.5, (text, ground)
    for ground in ("ground", "surface"):
        assert contrast(colours["edge"], colours[ground]) >= 3, "a field's edge (WCAG 2.2, 1.4.11)"
