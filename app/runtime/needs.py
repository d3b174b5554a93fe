"""Who may call what: the needs that modules declare, as the keys under which contracts are served."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from app.runtime.part import Part
from app.runtime.plan import Plan, publisher_of
from app.wire.codec import ContractCodec
from contracts.kit import Event, contract_of
from contracts.kit.outbox import Outbox


def outbox_key(publisher: str) -> str:
    """Return the key under which a module's outbox is served."""
    return f"{publisher}.{contract_of(Outbox)}"


def codecs_of(plan: Plan) -> dict[str, ContractCodec]:
    """Return the encoding of every contract that a module provides or needs, and of every module's outbox."""
    known = {str(each): each for part in plan.order for each in (*part.provides, *part.needs)}
    codecs = {key: ContractCodec(each, key, each.name) for key, each in known.items()}
    for part in plan.order:
        key = outbox_key(part.name)
        codecs[key] = ContractCodec(contract_of(Outbox), key, f"{part.name}.outbox")
    return codecs


def needs_by_module(plan: Plan) -> dict[str, frozenset[str]]:
    """Return, for each module, the keys of the contracts it needs and of the outboxes it listens to."""
    return {
        part.name: frozenset({*map(str, part.needs), *map(outbox_key, publishers(part, plan))}) for part in plan.order
    }


def publishers(part: Part, plan: Plan) -> frozenset[str]:
    """Return the modules that publish what a module listens to, as far as they are known."""
    listened = () if part.module is None else part.module.listens
    found = (publisher_of(event, plan.order) for event in listened)
    return frozenset(each.name for each in found if each is not None)


def published(parts: Iterable[Part]) -> dict[str, type[Event]]:
    """Return the events that modules publish, by `event_key`.

    Of those in several versions of a contract the newest counts: that is what is written.
    """
    return {
        event_key(part, event): event
        for part in parts
        for contract in sorted(part.provides, key=lambda each: each.version)
        for event in contract.events
    }


def listened(parts: Iterable[Part], plan: Plan) -> dict[str, type[Event]]:
    """Return the events that modules listen to, by `event_key`, as far as their publishers are known.

    Where two modules listen to two versions of one, the last counts; what the other cannot read is parked.
    """
    found = (event for part in parts if part.module is not None for event in part.module.listens)
    return {
        event_key(publisher, event): event
        for event in found
        if (publisher := publisher_of(event, plan.order)) is not None
    }


def event_key(publisher: Part, event: type[Event]) -> str:
    """Return the key under which two hosts compare an event: that of its outbox, and its code."""
    return f"{outbox_key(publisher.name)}/{event.code}"


def modules_above(plan: Plan) -> Mapping[str, frozenset[str]]:
    """Return, for each module, those whose calls may come to it: itself, who needs it, who needs those, …

    Background work acts as the system on behalf of its own module, and what it calls may call further: so
    this is in whose name a module may be acting.
    """
    above: dict[str, set[str]] = {part.name: {part.name} for part in plan.order}
    for part in reversed(plan.order):  # those who need before what they need
        for contract in part.needs:
            provider = plan.providers.get(str(contract))
            if provider is not None:
                above[provider.name] |= above[part.name]
    return {name: frozenset(found) for name, found in above.items()}
