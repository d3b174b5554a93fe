"""A real host's wire, and the page's caller connected to it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.docs.wire_caller import WELCOME, Caller
from tests.docs.wire_stand import CREDENTIAL, HOST_KEY, MODULES, Stand, standing


@pytest.fixture
async def stand(tmp_path: Path) -> AsyncIterator[Stand]:
    async with standing(tmp_path / "shelf.0.sock") as stand:
        yield stand


@pytest.fixture
async def caller(stand: Stand) -> AsyncIterator[Caller]:
    async with await Caller.connect(str(stand.socket)) as caller:
        hello = await caller.shake_hands(HOST_KEY, host="shop", modules=MODULES, credential=CREDENTIAL)
        assert (hello["host"], hello["modules"], list(hello["contracts"])) == ("shelf", ["desk"], ["desk.v1"])
        assert await caller.receive() == [WELCOME]
        yield caller
