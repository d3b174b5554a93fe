"""Lines are said by their module, and are those of whoever is meant to change something."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from app.line import Line, calling_line, line_of

HERE = "tests/app/test_line.py"


def test_a_line_is_said_below_its_top_level_package() -> None:
    root = Path("/somewhere")
    assert str(Line(str(root / "modules/orders/saga.py"), "modules.orders.saga", 41)) == "modules/orders/saga.py:41"
    assert str(Line(str(root / "modules/cart/__init__.py"), "modules.cart", 1)) == "modules/cart/__init__.py:1"
    assert str(Line(str(root / "once.py"), "__main__", 2)) == "once.py:2"


async def test_the_calling_line_is_looked_for_beyond_the_library_and_not_beyond_the_task() -> None:
    @asynccontextmanager
    async def wrapped() -> AsyncIterator[Line | None]:
        yield calling_line()

    async with wrapped() as line:
        assert line is not None
        assert str(line).startswith(f"{HERE}:")
    framework: dict[str, Any] = {"__name__": "app.sample", "calling_line": calling_line}
    exec("async def look(): return calling_line()", framework)
    assert await framework["look"]() is not None
    assert await asyncio.create_task(framework["look"]()) is None


def test_a_function_is_found_where_it_is_written() -> None:
    assert str(line_of(test_a_function_is_found_where_it_is_written)).startswith(f"{HERE}:")
    assert line_of(json.encoder.c_make_encoder) is None  # type: ignore[attr-defined]
    assert line_of(eval("lambda: None", {})) is None
