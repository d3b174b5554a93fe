"""What all fakes can do: fail on demand, and say what was called."""

from __future__ import annotations

from contracts.kit import Error, Role, Unavailable, current_actor


class Breakable:
    """``faults`` maps an operation, or ``*`` for all, to what it raises. ``calls`` lists what was called."""

    def __init__(self) -> None:
        self.faults: dict[str, Error] = {}
        self.calls: list[str] = []

    def down(self, operation: str = "*") -> None:
        """Let an operation, or all, be unavailable."""
        name = type(self).__name__.removeprefix("Fake").lower()
        self.faults[operation] = Unavailable(operation=f"{name}.v1.{operation}", reason="switched off by the test")

    def enter(self, operation: str) -> None:
        """Note a call, and fail if that was asked for."""
        self.calls.append(operation)
        fault = self.faults.get(operation) or self.faults.get("*")
        if fault is not None:
            raise fault.fresh()


def actor_id() -> str | None:
    """The id of the person on whose behalf the call is made, None for a guest."""
    actor = current_actor()
    return actor.id if Role.CUSTOMER in actor.roles else None
