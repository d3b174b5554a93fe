"""What a check says: a place, a rule, and a sentence that ends with the mend."""

from __future__ import annotations

import msgspec


class Problem(msgspec.Struct, frozen=True, order=True):
    """One broken rule.

    ``file`` is relative to the project's folder, with slashes; ``line`` begins at 1, and is 0 where no single line
    is at fault. ``rule`` is in kebab case (``own-data``), or the id of an import-linter contract.
    """

    file: str
    line: int
    rule: str
    text: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.rule}: {self.text}"
