"""A command at a store of another release: it asks for what fits, and says what stands in the way of the rest."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.cli import reach
from app.cli.reach import connect_cli
from contracts.kit import Context, Unavailable, contract_of
from contracts.kit.context import NEVER, root_scope
from tests.app.placement.hosts import ANNEX, assembled, furnish, opened
from tests.app.placement.releases import NEW, OLD, OldBook, OldLibrary


async def test_a_store_of_another_release_is_asked_for_what_fits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = furnish(tmp_path / "data")
    monkeypatch.setattr(reach, "assemble", lambda _: assembled(data, OLD))
    async with opened(data, ANNEX, NEW), connect_cli({}, contract_of(OldLibrary)) as store:
        library = await store.proxy(OldLibrary)
        with root_scope(Context(), NEVER):
            assert await library.find("Emma") == OldBook(title="Emma")
            with pytest.raises(Unavailable, match="its parameter days is not sent here and is required there"):
                await library.lend("Emma")
