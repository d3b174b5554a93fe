"""People who register on a stage, each under an address and from a source of their own."""

from __future__ import annotations

from contracts.accounts import Accounts, Session
from contracts.kit import Actor
from tests.conformance.stage import fresh

PASSWORD, OTHER = "seven quiet marmots", "eight loud badgers"


def new_email() -> str:
    """Return an address that nobody registered with."""
    return f"{fresh('Ada')}@example.org"


async def register(accounts: Accounts, email: str | None = None) -> Session:
    """Register somebody called Ada."""
    return await accounts.register(email or new_email(), PASSWORD, "Ada", fresh("source"))


def actor_of(session: Session) -> Actor:
    """Return as whom a session's owner acts."""
    return Actor(id=session.account.id, roles=session.account.roles)
