"""Types that a setting can have beside msgspec's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.config import load
from app.errors import LaunchRefused


def nothing(folder: Path) -> Path:
    """Return a settings file that sets nothing."""
    file = folder / "freestone.toml"
    file.touch()
    return file


@pytest.mark.parametrize(
    ("given", "kept", "secure", "authority"),
    [
        ("https://Shop.Example/", "https://shop.example", True, "shop.example"),
        ("https://shop.example:443", "https://shop.example", True, "shop.example"),
        ("http://localhost:8000", "http://localhost:8000", False, "localhost:8000"),
        ("http://[::1]:80/", "http://[::1]", False, "[::1]"),
    ],
)
def test_a_public_url_is_kept_as_a_browser_writes_it(
    tmp_path: Path, given: str, kept: str, secure: bool, authority: str
) -> None:
    url = load(nothing(tmp_path), {"FREESTONE_PUBLIC_URL": given}).gateway.public_url
    assert url is not None
    assert (url, url.secure, url.authority) == (kept, secure, authority)


@pytest.mark.parametrize(
    "url",
    ["shop.example", "ftp://shop.example", "https://shop.example/a", "https://a@b", "https://a:70000", "https://"],
)
def test_a_public_url_is_scheme_host_and_port_alone(tmp_path: Path, url: str) -> None:
    with pytest.raises(LaunchRefused) as refused:
        load(nothing(tmp_path), {"FREESTONE_PUBLIC_URL": url})
    assert str(refused.value) == (
        f"FREESTONE_PUBLIC_URL takes an address such as https://shop.example, without a path, not '{url}'."
    )
