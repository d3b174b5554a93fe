"""A module opens what it ships, and nothing else."""

from __future__ import annotations

import pytest

from app.lint.rings.environment import READERS
from tests.app.lint.judging import lines, said


@pytest.mark.parametrize(
    "text",
    [
        "Path('freestone.toml')",
        "Path(f'/etc/{name}')",
        "Path()",
        "folder.write_text('x')",
        "Path(a).expanduser()",
        "X = Path(__file__).parent.parent / 'catalog'",
        "X = Path(__file__).resolve().parent.parent",
        "X = Path(__file__).parents[0]",
        "X = folder / '..' / 'catalog'",
        "X = folder.joinpath('../catalog')",
        "import importlib.resources as r; r.files('modules')",
    ],
)
def test_a_file_of_elsewhere_is_found(text: str) -> None:
    assert lines(READERS, f"from pathlib import Path\n{text}") == [2]


@pytest.mark.parametrize(
    "text",
    [
        "(Path(__file__).parent / 'static' / 'style.css').read_bytes()",
        "def f(folder: Path = Path(__file__).parent): return folder.glob('*.css')",
        "work.touch(cart)",
        "PurePosixPath('a/b')",
        "Path(__file__).resolve().parent",
        "node.parent.parent, tree.parents",
        "folder / 'modules' / 'a..b', '..' + name",
        "import importlib.resources as r; r.files(__package__)",
        "route.Path('x')",
    ],
)
def test_what_a_module_ships_is_not(text: str) -> None:
    assert said(READERS, f"from pathlib import Path\n{text}") == []


def test_a_file_further_inside_may_go_further_up() -> None:
    up = "from pathlib import Path\nPath(__file__).parent.parent"
    assert said(READERS, up, "modules.orders.pages.front") == []
    assert said(READERS, up, "modules.orders.pages.") == []
    assert lines(READERS, f"{up}.parent", "modules.orders.pages.front") == [2]


def test_app_opens_what_it_likes() -> None:
    assert said(READERS, "from pathlib import Path\nPath('x').write_text('y')", "app.keys") == []
