"""On whose behalf a call is made, and who may call."""

from __future__ import annotations

from enum import StrEnum

from contracts.kit.message import Message


class Role(StrEnum):
    """What an actor is; an actor has at least one."""

    GUEST = "guest"
    CUSTOMER = "customer"
    STAFF = "staff"
    OPERATOR = "operator"
    SYSTEM = "system"


class Actor(Message):
    """On whose behalf a call is made.

    ``id`` is the account's id for people, the module's name for the system, empty for a guest.
    """

    id: str = ""
    roles: frozenset[Role] = frozenset({Role.GUEST})


GUEST = Actor()

SYSTEM = frozenset({Role.SYSTEM})
"""For ``allow=``: background work and other modules' sagas only. Each set below admits those above it."""
OPERATOR = SYSTEM | {Role.OPERATOR}
STAFF = OPERATOR | {Role.STAFF}
CUSTOMER = STAFF | {Role.CUSTOMER}
ANYONE = CUSTOMER | {Role.GUEST}
