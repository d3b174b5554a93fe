"""A contract for what is hard to carry: long, nested, and that which cannot be encoded."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Protocol, final

from contracts.kit import Error, Message, contract, query, stream
from contracts.kit.context import current_frame


class Tree(Message):
    """A node with those below it."""

    below: tuple[Tree, ...] = ()


class Torn(Error):
    """The parcel is torn."""

    code = "post.torn"
    where: str


def nested(depth: int) -> Tree:
    """Return so many nodes, each below the one before."""
    tree = Tree()
    for _ in range(depth):
        tree = Tree(below=(tree,))
    return tree


@contract(version=1)
class Post(Protocol):
    """Carries."""

    @query(deadline=1000)
    async def text(self, text: str) -> str:
        """Return a text as it is."""
        ...

    @query(deadline=1000)
    async def number(self, number: int, *, plus: int = 0) -> int:
        """Return a sum."""
        ...

    @query(deadline=1000)
    async def tree(self, tree: Tree) -> int:
        """Return how deep a tree is, along the first of each node's."""
        ...

    @query(deadline=1000)
    async def grow(self, depth: int) -> Tree:
        """Return a tree that is so deep."""
        ...

    @query(deadline=1000)
    async def long(self, size: int) -> str:
        """Return a text of this length."""
        ...

    @query(deadline=1000, raises=(Torn,))
    async def tear(self, where: str, times: int = 1) -> None:
        """Fail."""
        ...

    @query(deadline=1000)
    async def left(self) -> int | None:
        """Return how many nanoseconds are left to the caller's deadline, None without one."""
        ...

    @query(deadline=1000)
    async def wait(self) -> None:
        """Wait until `Carrier.free` is set."""
        ...

    @stream(deadline=1000, raises=(Torn,))
    def texts(self, sizes: tuple[int, ...]) -> AsyncIterator[str]:
        """Yield texts of these lengths; a negative one fails, and 10**9 is a text that cannot be encoded."""
        ...

    @stream(deadline=1000)
    def count(self, until: int) -> AsyncIterator[int]:
        """Yield the numbers from 0 on."""
        ...


@final
class Carrier(Post):
    """Notes what it began (``begun``), what was cancelled (``cancelled``), and how many items it made."""

    def __init__(self) -> None:
        self.free = asyncio.Event()
        self.begun = self.cancelled = self.ended = self.made = 0

    async def text(self, text: str) -> str:
        return text

    async def number(self, number: int, *, plus: int = 0) -> int:
        return number + plus

    async def tree(self, tree: Tree) -> int:
        depth = 0
        while tree.below:
            tree = tree.below[0]
            depth += 1
        return depth

    async def grow(self, depth: int) -> Tree:
        return nested(depth)

    async def long(self, size: int) -> str:
        return "x" * size

    async def tear(self, where: str, times: int = 1) -> None:
        raise Torn(where=where * times)

    async def left(self) -> int | None:
        outer = current_frame().outer
        assert outer is not None
        return outer.due

    async def wait(self) -> None:
        self.begun += 1
        try:
            await self.free.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        finally:
            self.ended += 1

    async def texts(self, sizes: tuple[int, ...]) -> AsyncIterator[str]:
        for size in sizes:
            if size < 0:
                raise Torn(where="there")
            self.made += 1
            yield "\ud800" if size == 10**9 else "x" * size

    async def count(self, until: int) -> AsyncIterator[int]:
        self.begun += 1
        try:
            for number in range(until):
                self.made += 1
                yield number
        finally:
            self.ended += 1
