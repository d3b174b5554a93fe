"""The port to a payment provider: somebody outside, who may be slow, deaf or gone."""

from __future__ import annotations

from typing import Protocol

from contracts.values import Money
from modules.payments.domain import Answer, RefundAnswer


class ProviderUnreachable(Exception):
    """The provider did not answer; whether it did what it was asked is not known."""


class Provider(Protocol):
    """What every provider offers, in its adapter.

    ``key`` is ours and names one payment for good: the same call again changes nothing more, and every
    call answers how the payment stands now, whoever was first. All may raise `ProviderUnreachable`.
    """

    async def authorise(self, key: str, amount: Money, token: str) -> Answer:
        """Hold an amount of the card that the token stands for."""
        ...

    async def capture(self, key: str) -> Answer:
        """Take what is held."""
        ...

    async def void(self, key: str) -> Answer:
        """Give up what is held; under an unknown key, see to it that nothing will be."""
        ...

    async def refund(self, key: str, payment: str, amount: Money) -> RefundAnswer:
        """Give back a part of what was taken under the key ``payment``; ``key`` is the refund's own.

        Refused is said only of what stays refused under this key; all else is pending or unreachable.
        """
        ...

    async def ask(self, key: str) -> Answer | None:
        """Say how the payment stands; None where nothing ever arrived under this key."""
        ...
