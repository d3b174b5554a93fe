"""What an operator may set."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from contracts.kit import Message
from contracts.values import AccountId

_AnHour = Annotated[int, Meta(ge=1, le=3600)]


class AccountsSettings(Message):
    """The accounts' settings, from ``[modules.accounts]``.

    A session ends ``session_days`` after its log-in, and when it was not used for ``idle_days``; an
    assertion is believed for ``assertion_seconds``, so long do a log-out and a change of roles take at most.

    ``argon2_…`` say what a password's hash costs: passes, KiB of memory, lanes. The defaults are the second
    recommended option of RFC 9106 (section 4); OWASP's least is 2, 19456 and 1. Hashes made with others
    are replaced at the next log-in.

    An hour, a source may fail to log in ``failures_per_source`` times and register
    ``registrations_per_source`` times. After ``failures_per_account`` failures in a row an account
    delays attempts, up to ``longest_delay`` seconds.

    ``operators`` are ids of accounts that are operators and staff whatever the database says: so the first
    operator comes to be. The log tells an account's id when it is registered. It takes no e-mail
    addresses, since anybody can register with somebody else's.
    """

    session_days: Annotated[int, Meta(ge=1, le=365)] = 30
    idle_days: Annotated[int, Meta(ge=1, le=365)] = 14
    assertion_seconds: Annotated[int, Meta(ge=60, le=600)] = 300
    argon2_time_cost: Annotated[int, Meta(ge=1, le=100)] = 3
    argon2_memory: Annotated[int, Meta(ge=8, le=4_194_304)] = 65_536
    argon2_parallelism: Annotated[int, Meta(ge=1, le=64)] = 4
    failures_per_source: _AnHour = 20
    registrations_per_source: _AnHour = 20
    failures_per_account: Annotated[int, Meta(ge=1, le=1000)] = 5
    longest_delay: Annotated[int, Meta(ge=1, le=3600)] = 900
    operators: tuple[AccountId, ...] = ()
