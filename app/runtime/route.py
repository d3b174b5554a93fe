"""One caller's way to one operation: names for errors and logs, and what was measured."""

from __future__ import annotations

from contracts.kit import Operation
from contracts.kit.errors import Error

BUCKETS = 64


class Route:
    """From a caller to an operation.

    ``allowance`` is how many nanoseconds a call may take, of a stream each item: ``patience`` times its deadline.
    ``buckets[n]`` counts the calls that took from 2ⁿ⁻¹ up to 2ⁿ nanoseconds; ``errors`` counts failures
    by their code, those refused before they began included.
    """

    __slots__ = ("allowance", "buckets", "caller", "errors", "name", "operation", "raises")

    def __init__(self, caller: str, contract: str, operation: Operation, patience: float = 1.0) -> None:
        self.caller = caller
        self.name = f"{contract}.{operation.name}"
        self.operation = operation
        self.allowance = round(operation.semantics.deadline * patience * 1e9)
        self.raises = frozenset(operation.semantics.raises)
        self.buckets = [0] * BUCKETS
        self.errors: dict[str, int] = {}

    @property
    def calls(self) -> int:
        """How many calls have begun and ended, however they did."""
        return sum(self.buckets)

    def count(self, error: Error) -> None:
        """Count a failure."""
        self.errors[error.code] = self.errors.get(error.code, 0) + 1

    def quantile(self, share: float) -> int | None:
        """The time within which this share of the calls ended, in nanoseconds.

        Rounded up to a power of two, so at most twice too long; None before the first call.
        """
        wanted, seen = share * self.calls, 0
        for exponent, count in enumerate(self.buckets):
            seen += count
            if count and seen >= wanted:
                return 1 << exponent
        return None
