"""How the actor crosses: as something that the callee can check, never as the caller's bare word."""

from __future__ import annotations

from collections.abc import Mapping

from app.runtime.identity import Identities
from app.wire.hello import HOST
from contracts.kit import SYSTEM, Actor, Context, PermissionDenied
from contracts.kit.actors import GUEST

Claim = None | str | tuple[str]
"""A guest; a signed actor assertion; or the system, on behalf of the module that is named."""


def claim_of(context: Context) -> Claim:
    """Return what a caller sends of its context's actor; `PermissionDenied` for one that could not be checked."""
    actor = context.actor
    if actor is GUEST or actor == GUEST:
        return None
    if context.assertion is not None:
        return context.assertion
    if actor.roles == SYSTEM:
        return (actor.id,)
    raise PermissionDenied(operation="acting")


class Claims:
    """The callee's part: who acts, as far as it is proved.

    ``above`` has, for each module, those whose needs lead to it, directly or through others: when such a one
    begins something in the system's name, the call comes here from the module itself. The host itself, which is to
    say its operators, may begin anything.
    """

    def __init__(self, identities: Identities, above: Mapping[str, frozenset[str]]) -> None:
        self._identities = identities
        behind = {caller: {caller, HOST, *modules} for caller, modules in above.items()} | {HOST: {HOST}}
        self._systems = {
            (caller, module): Actor(id=module, roles=SYSTEM) for caller, modules in behind.items() for module in modules
        }

    def context(self, caller: str, request_id: str, claim: Claim) -> Context:
        """Return the context of a call that came from a module of an admitted peer.

        `PermissionDenied` for an assertion that is forged, foreign or expired, and where the system is said to act
        for a module that would not come this way.
        """
        if claim is None:
            return Context(request_id=request_id)
        if isinstance(claim, str):
            return Context(request_id=request_id, actor=self._identities.verify(claim), assertion=claim)
        actor = self._systems.get((caller, *claim))
        if actor is None:
            raise PermissionDenied(operation="acting")
        return Context(request_id=request_id, actor=actor)
