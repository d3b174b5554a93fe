"""Modules fill themselves after those to whose events they listen, in whatever order they were found."""

from __future__ import annotations

from pathlib import Path

from app.runtime.seeding import seed_modules
from contracts.kit import SeedSize
from tests.builders import running, shop_parts


async def test_who_listens_is_filled_after_who_publishes(tmp_path: Path) -> None:
    parts = sorted(shop_parts("catalog", "inventory"), key=lambda part: part.name, reverse=True)
    done: dict[str, int] = {}
    async with running(*parts, data=tmp_path) as host:
        assert list(host.seeded) == ["inventory", "catalog"]
        await seed_modules(host, SeedSize.S, lambda name, count, _: done.update({name: count}))
    assert list(done) == ["catalog", "inventory"]
    assert done["inventory"] > done["catalog"] > 0
