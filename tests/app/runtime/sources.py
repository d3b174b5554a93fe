"""What streams yield in tests, and how they are read."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import suppress

import pytest

from app.runtime.streams import StreamCall
from contracts.kit import Error
from tests.app.runtime.builders import forever


class Source:
    """Yields numbers, and notes how many it made and how it ended."""

    def __init__(self, count: int | None = None) -> None:
        self.count = count
        self.made = 0
        self.ended: str | None = None

    async def __call__(self) -> AsyncIterator[int]:
        try:
            while self.made != self.count:
                self.made += 1
                yield self.made
            self.ended = "finished"
        except BaseException as error:
            self.ended = type(error).__name__
            raise


def opened(stream: AsyncIterator[int]) -> StreamCall:
    """Say that a stream can be closed, which its contract does not say."""
    assert isinstance(stream, StreamCall)
    return stream


async def read(stream: AsyncIterator[int]) -> list[int]:
    return [item async for item in stream]


async def read_until(error: type[Error], stream: AsyncIterator[int]) -> list[int]:
    """Return the items that come before an error."""
    got: list[int] = []
    with suppress(error):
        async for item in stream:
            got.append(item)  # noqa: PERF401 - those before the error count
        pytest.fail(f"no {error.__name__} came")
    return got


async def slow_after_two() -> AsyncIterator[int]:
    yield 1
    yield 2
    await forever()
