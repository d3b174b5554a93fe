"""Modules that are stood in for: targets made of their own fakes, which know no database."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, NamedTuple, get_origin

from app.data.arguments import Arguments
from app.errors import LaunchRefused
from app.runtime.binding import check_provider
from app.runtime.part import Part, dependencies
from app.runtime.supply import Supplier
from app.runtime.target import Target
from contracts.kit import Conflict, Contract, ContractError, Error, Operation
from contracts.kit.context import Frame

_ANY = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
"""What a class without a constructor of its own takes, as far as its signature says."""


def fake_targets(part: Part, limit: int, supplier: Supplier) -> dict[str, Target]:
    """Return a target for each contract that a module provides, all over one fake of it, or over several in a tuple.

    Several are for versions of a contract that no one class can provide; each remembers its keys for itself. A BFF,
    which provides none, needs no fake. `LaunchRefused` for any other module that has none, or one that does not
    provide what the module does.
    """
    if not part.provides:
        return {}
    try:
        made = _make(part, supplier)
        fakes = made if isinstance(made, tuple) else (made,)
        providers = {
            contract: next((each for each in fakes if contract.protocol in type(each).__mro__), fakes[0])
            for contract in part.provides
        }
        for contract, provider in providers.items():
            check_provider(contract, provider)
    except ContractError as error:
        raise LaunchRefused(f"The fake of module {part.name} cannot stand in for it: {error}") from None
    return {str(each): Target(provider, limit, once=_remembering(each)) for each, provider in providers.items()}


def _make(part: Part, supplier: Supplier) -> object:
    module = part.module
    if module is None or module.fake is None:
        raise LaunchRefused(f"Module {part.name} has no fake to stand in for it: give its manifest one, or run it.")
    declared = {each.instance_of for each in dependencies(module.container()).values()}
    handed = {}
    for parameter in inspect.signature(module.fake, eval_str=True).parameters.values():
        if parameter.default is parameter.empty and parameter.kind not in _ANY:
            wanted = get_origin(parameter.annotation) or parameter.annotation
            if wanted not in declared:
                raise ContractError(
                    f"it asks for {parameter}, which the module's container does not declare; "
                    "declare it there, or give it a default."
                )
            handed[parameter.name] = supplier.lend(part, wanted)
    return module.fake(**handed)


def _remembering(contract: Contract) -> dict[str, MemoryRepeater]:
    return {
        each.name: MemoryRepeater(f"{contract.name}.{each.name}", each)
        for each in contract.operations.values()
        if each.semantics.repeat is not None
    }


class _Arrival(NamedTuple):
    """What came under one key: what stands for its arguments, and the way to its answer."""

    fingerprint: bytes
    answer: asyncio.Task[Callable[[], Any]]


class MemoryRepeater:
    """Runs one repeatable command under its caller's keys as `app.data.repeat.Repeater` does, and keeps the answers
    for as long as the fake lives. A `process` command, too, is answered as it was the first time."""

    def __init__(self, name: str, operation: Operation) -> None:
        self._name = name
        self._raises = operation.semantics.raises
        self._named = [each.name for each in operation.parameters if each.keyword_only]
        self._arrivals: dict[tuple[str, str], _Arrival] = {}
        self._arguments = Arguments(name, operation)

    async def __call__(
        self, frame: Frame, key: str, target: Callable[..., Awaitable[Any]], arguments: Sequence[Any]
    ) -> Any:
        """Call ``target`` under ``key``, or answer as the key's first arrival was answered."""
        fingerprint = self._arguments.fingerprint(arguments)
        place = (frame.context.actor.id or "guest", key)
        arrival = self._arrivals.get(place)
        if arrival is None:
            # In a task of its own: who gave up waiting, and comes again, gets the answer of the first time.
            answer = asyncio.create_task(self._first(target, arguments), name=f"{self._name} under a key")
            arrival = self._arrivals[place] = _Arrival(fingerprint, answer)
            answer.add_done_callback(lambda task: self._forget_failure(place, task))
        if arrival.fingerprint != fingerprint:
            raise Conflict(operation=self._name)
        return (await asyncio.shield(arrival.answer))()

    def _forget_failure(self, place: tuple[str, str], answer: asyncio.Task[Callable[[], Any]]) -> None:
        if answer.cancelled() or answer.exception() is not None:
            del self._arrivals[place]

    async def _first(self, target: Callable[..., Awaitable[Any]], arguments: Sequence[Any]) -> Callable[[], Any]:
        split = len(arguments) - len(self._named)
        try:
            result = await target(*arguments[:split], **dict(zip(self._named, arguments[split:], strict=True)))
        except Error as error:
            if type(error) not in self._raises:
                raise
            return _raiser(error)
        return lambda: result


def _raiser(error: Error) -> Callable[[], Any]:
    forgetful = error.fresh()  # without what led to it

    def answer() -> Any:
        raise forgetful.fresh()

    return answer
