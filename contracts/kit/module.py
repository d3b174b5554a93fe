"""The manifest: what a module says of itself to the host that runs it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Mapping, MutableMapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from contracts.kit.auditing import AuditReport
from contracts.kit.contract import is_contract
from contracts.kit.errors import ContractError
from contracts.kit.message import Event, Message, is_event
from contracts.kit.ports import Work

Handler = Callable[[Any, Work[Any]], Awaitable[None]]
ASGIApp = Callable[
    [MutableMapping[str, Any], Callable[..., Awaitable[Any]], Callable[..., Awaitable[Any]]], Awaitable[None]
]


class SeedSize(StrEnum):
    """How large the demonstration data shall be."""

    S = "S"
    M = "M"


Seed = Callable[[Any, SeedSize, Callable[[int, int], None]], Awaitable[None]]
"""Fills a module from its built container; reports progress as (done, total); may run again."""

Audit = Callable[[Any, Callable[[], Awaitable[None]]], Awaitable[AuditReport]]
"""Holds a module's books against each other from its built container, and changes nothing. It awaits what it is handed
after every page, where it is let rest when it is in nobody's interest that it is done soon."""


Derive = Callable[[Any, Collection[Any]], Awaitable[None]]
"""Makes anew, in a session that writes, all that is derived for some subjects; nothing for one that is gone."""


@dataclass(frozen=True, kw_only=True)
class Derived:
    """Tables that follow from a module's others, such as a full-text index: they are not copied, but made anew.

    ``tables`` are theirs on any engine. ``follows`` says of the tables they follow from which column names the subject
    of a row; ``derive`` is called for those whose rows were copied or changed.
    """

    tables: tuple[str, ...]
    follows: Mapping[str, str]
    derive: Derive


@dataclass(frozen=True, kw_only=True)
class Module:
    """One business capability.

    ``container`` makes its dependency-injector container, whose dependencies are its needs and whose
    providers include one for each contract in ``provides``. Needs in ``optional`` may be absent:
    their operations then raise `Unavailable`. ``settings`` is a message type, each field with a
    default, that the host fills. ``listens`` maps events to handlers, which write rows and call nobody.
    ``background`` are endless tasks over the built container, run as the system and started again when
    they fail. ``web`` makes a BFF's ASGI application, served below ``path``. ``seed`` fills it with
    demonstration data. ``audit`` proves its books, or those of the contracts it needs, when somebody asks and every so
    often. ``derived`` are tables that cannot be copied to another database. ``fake`` makes an in-memory provider of
    all it provides (a tuple of several, where no one class can), so that the others can be run and tested without it;
    what it takes without a default is handed in by type, as far as the container declares it too: contracts, `Clock`,
    `Signer`, `Acting`, the module's settings.
    """

    name: str
    container: Callable[..., object]
    provides: tuple[type, ...] = ()
    optional: tuple[type, ...] = ()
    settings: type[Message] | None = None
    listens: Mapping[type[Event], Handler] = field(default_factory=dict)
    background: tuple[Callable[[Any], Awaitable[None]], ...] = ()
    web: Callable[[Any], ASGIApp] | None = None
    path: str = "/"
    seed: Seed | None = None
    audit: Audit | None = None
    derived: Derived | None = None
    fake: Callable[..., object] | None = None

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z][a-z0-9_]*", self.name):
            raise ContractError(f"A module's name is in snake case, not {self.name!r}.")
        for each in (*self.provides, *self.optional):
            if not is_contract(each):
                raise ContractError(
                    f"Module {self.name}: {each.__name__} is not a contract; decorate it with @contract."
                )
        if self.fake is not None and not self.provides:
            raise ContractError(f"Module {self.name} provides nothing that a fake could stand in for; leave it out.")
        for event in self.listens:
            if not is_event(event):
                raise ContractError(f"Module {self.name} listens to {event!r}, which is no Event.")
        for code, count in Counter(event.code for event in self.listens).items():
            if count > 1:
                raise ContractError(
                    f"Module {self.name} listens to {code} in {count} versions; it comes once: keep one of them."
                )
        if (self.web is not None) and not self.path.startswith("/"):
            raise ContractError(f"Module {self.name}: its path {self.path!r} does not begin with a slash.")
