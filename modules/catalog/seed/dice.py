"""Choices that fall the same way on every machine and in every version of Python."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


class Dice:
    """Answers each question by a hash of the question, whatever was asked before."""

    def __init__(self, *seed: object) -> None:
        self._seed = "/".join(map(str, seed))

    def number(self, question: object) -> int:
        """Return a whole number of 0 or more."""
        digest = hashlib.blake2b(f"{self._seed}?{question}".encode(), digest_size=6).digest()
        return int.from_bytes(digest, "big")

    def share(self, question: object) -> float:
        """Return a number from 0 up to, but not including, 1."""
        return self.number(question) / 2**48

    def pick(self, question: object, choices: Sequence[T]) -> T:
        """Return one of the choices."""
        return choices[self.number(question) % len(choices)]

    def shuffled(self, question: object, choices: Sequence[T]) -> list[T]:
        """Return the choices in another order."""
        order = sorted(range(len(choices)), key=lambda place: self.number((question, place)))
        return [choices[place] for place in order]

    def some(self, question: object, choices: Sequence[T], least: int, most: int) -> list[T]:
        """Return between so few and so many different choices, in the order in which they were given."""
        count = least + self.number((question, "count")) % (most - least + 1)
        chosen = sorted(self.shuffled(question, range(len(choices)))[:count])
        return [choices[place] for place in chosen]
