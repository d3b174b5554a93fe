"""What the message guard and the transaction guard say while tests run, here and in stores that tests launch."""

from __future__ import annotations

import logging
import re
from pathlib import Path

import pytest

LOG = "freestone.guard"
"""Where the guards say what they find."""
_SAID = re.compile(r"\b(message|transaction) guard: ")


class Findings(logging.Handler):
    """Keeps what was said since the last test: also what a module made good for, or what nobody waited for."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append(record.getMessage())

    def settle(self, *, expected: bool) -> None:
        """Fail the test that ends now if there was something that it does not expect."""
        said, self.said = self.said, []
        if said and not expected:
            pytest.fail("\n".join(said), pytrace=False)


def overhear(log: Path) -> None:
    """Say here what the guards of another process have said in its log."""
    for line in log.read_text(errors="replace").splitlines():
        if _SAID.search(line):
            logging.getLogger(LOG).error("%s", line)


FINDINGS = Findings()
logging.getLogger(LOG).addHandler(FINDINGS)
