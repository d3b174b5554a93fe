"""Changes to what was imported are found; those to what a file made itself are not."""

from __future__ import annotations

import pytest

from app.lint.rings.patches import READERS
from tests.app.lint.judging import lines, said


@pytest.mark.parametrize(
    "text",
    [
        "import json; json.dumps = f",
        "import json; json.decoder.X = f",
        "from contracts.values import Money; Money.amount = 1",
        "from contracts.values import Money; Money.amount: int = 1",
        "from contracts.values import RATES; RATES['EUR'] = 1",
        "from contracts.values import RATES; RATES['EUR'] += 1",
        "from contracts.values import Money; del Money.amount",
        "from contracts.values import Money as M; a, M.x = 1, 2",
        "from contracts.values import Money; setattr(Money, 'amount', 1)",
        "import contracts.values; delattr(contracts.values, 'Money')",
    ],
)
def test_a_change_to_another_s_is_found(text: str) -> None:
    assert lines(READERS, text) == [1]


@pytest.mark.parametrize(
    "text",
    [
        "from contracts.values import Money\nmoney = Money()\nmoney.x = 1",
        "def f(json):\n    json.dumps = 1",
        "self.x = 1\nsetattr(self, 'x', 1)",
        "rows = {}\nrows['a'] = 1",
        "from contracts.values import Money\nMoney(1)",
    ],
)
def test_a_change_to_one_s_own_is_not(text: str) -> None:
    assert said(READERS, text) == []


def test_app_changes_what_is_not_the_house_s() -> None:
    assert said(READERS, "import logging\nlogging.raiseExceptions = False", "app.serve") == []
    assert lines(READERS, "from contracts.kit import Actor\nActor.x = 1", "app.serve") == [2]
