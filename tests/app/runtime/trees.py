"""Random trees of calls, and what happens in them, whoever makes the calls."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Protocol

from contracts.kit import CallError
from tests.app.runtime.builders import Missing

DEADLINES = (1.0, 3.0, 6.0, 10.0, 15.0, 24.0)
"""Seconds; one operation each."""


@dataclass(frozen=True)
class Node:
    """One call: of the operation with this deadline, doing these steps, and what its caller does about its failure."""

    path: str
    operation: int
    steps: tuple[Step, ...]
    caught: bool


@dataclass(frozen=True)
class Sleep:
    """Wait."""

    seconds: float


@dataclass(frozen=True)
class Fail:
    """Raise an error: a declared one or not."""

    declared: bool


@dataclass(frozen=True)
class Group:
    """Make several calls at once, in a task group."""

    nodes: tuple[Node, ...]
    caught: bool


@dataclass(frozen=True)
class Timeout:
    """Do some steps in an `asyncio.timeout`."""

    seconds: float
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class CleanUp:
    """Do some steps and, whatever becomes of them, others; detached from the deadline or not."""

    steps: tuple[Step, ...]
    after: tuple[Step, ...]
    apart: bool


@dataclass(frozen=True)
class Swallow:
    """Do some steps and let no cancellation through."""

    steps: tuple[Step, ...]


Step = Node | Sleep | Fail | Group | Timeout | CleanUp | Swallow


@dataclass(frozen=True)
class Tree:
    """A call, and when its task is cancelled from outside, in seconds."""

    root: Node
    cancelled: float | None


class Caller(Protocol):
    """How calls are made; what it is given is done in the callee."""

    def call(self, node: Node, do: Callable[[Caller], Awaitable[None]]) -> Awaitable[None]: ...

    def apart(self, steps: Callable[[Caller], Awaitable[None]]) -> Awaitable[None]: ...


@dataclass
class Story:
    """How each call of a tree ended, as its caller saw it, by its path."""

    ends: dict[str, str] = field(default_factory=dict)

    async def run(self, tree: Tree, caller: Caller) -> dict[str, str]:
        """Make a tree's calls in a task of their own; return what there is to tell."""
        task = asyncio.get_running_loop().create_task(self._call(tree.root, caller))
        if tree.cancelled is not None:
            asyncio.get_running_loop().call_later(tree.cancelled, task.cancel)
        await asyncio.wait([task])
        self.ends["task"] = f"cancelled={task.cancelled()} count={task.cancelling()}"
        if not task.cancelled():
            self.ends["error"] = type(task.exception()).__name__
        return self.ends

    async def _call(self, node: Node, caller: Caller) -> None:
        try:
            await caller.call(node, lambda below: self._steps(node.steps, below))
        except BaseException as error:
            operation = error.fields.get("operation", "") if isinstance(error, CallError) else ""
            self.ends[node.path] = f"{type(error).__name__} {operation}"
            if not (node.caught and isinstance(error, Exception)):
                raise
        else:
            self.ends[node.path] = "ok"

    async def _steps(self, steps: tuple[Step, ...], caller: Caller) -> None:
        for step in steps:
            await self._step(step, caller)

    async def _step(self, step: Step, caller: Caller) -> None:
        match step:
            case Node():
                await self._call(step, caller)
            case Sleep():
                await asyncio.sleep(step.seconds)
            case Fail():
                raise Missing() if step.declared else KeyError("undeclared")
            case Group():
                await self._group(step, caller)
            case Timeout():
                await self._timeout(step, caller)
            case CleanUp():
                try:
                    await self._steps(step.steps, caller)
                finally:
                    if step.apart:
                        await caller.apart(lambda below: self._steps(step.after, below))
                    else:
                        await self._steps(step.after, caller)
            case Swallow():
                with suppress(asyncio.CancelledError):
                    await self._steps(step.steps, caller)

    async def _group(self, step: Group, caller: Caller) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                for node in step.nodes:
                    group.create_task(self._call(node, caller))
        except ExceptionGroup:
            if not step.caught:
                raise

    async def _timeout(self, step: Timeout, caller: Caller) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(step.seconds):
                await self._steps(step.steps, caller)


def grow(seed: int) -> Tree:
    """Make a random tree; the same seed makes the same tree."""
    choose = random.Random(seed)

    def node(path: str, depth: int) -> Node:
        return Node(path, choose.randrange(len(DEADLINES)), steps(path, depth), choose.random() < 0.4)

    def steps(path: str, depth: int) -> tuple[Step, ...]:
        return tuple(step(f"{path}.{number}", depth) for number in range(choose.randint(1, 3)))

    def step(path: str, depth: int) -> Step:
        kind = choose.random()
        if depth == 0 or kind < 0.25:
            return Sleep(choose.uniform(0, 15))
        if kind < 0.30:
            return Fail(choose.random() < 0.5)
        if kind < 0.62:
            return node(path, depth - 1)
        if kind < 0.75:
            nodes = tuple(node(f"{path}.{number}", depth - 1) for number in range(choose.randint(1, 3)))
            return Group(nodes, choose.random() < 0.5)
        if kind < 0.85:
            return Timeout(choose.uniform(0, 15), steps(path, depth - 1))
        if kind < 0.95:
            return CleanUp(steps(path, depth - 1), steps(f"{path}.after", depth - 1), choose.random() < 0.5)
        return Swallow(steps(path, depth - 1))

    root = node("root", 4)
    return Tree(root, choose.uniform(0, 25) if choose.random() < 0.3 else None)
