"""How a call comes to a module in its own process: as it is, looked at by the message guard, or through the codec."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from app.config import Settings
from app.runtime.message_guard import guarded
from app.runtime.target import Target
from app.wire.codec import ContractCodec
from app.wire.strict import strict_target

Carry = Callable[[str, Target], Target]
"""Given a target with the key of its contract, returns what is to be bound instead."""


def carrying(settings: Settings, codecs: Mapping[str, ContractCodec]) -> Carry:
    """Return what settings ask for.

    With both, the guard stands on either side of the codec, which makes tuples of lists.
    """

    def carry(key: str, target: Target) -> Target:
        codec = codecs[key]
        if not settings.production:
            target = guarded(target, codec)
        if settings.strict:
            target = strict_target(target, codec)
            if not settings.production:
                target = guarded(target, codec, outside=True)
        return target

    return carry
