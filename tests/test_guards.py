"""What a guard says fails the test in which it is said, unless that test expects it."""

from __future__ import annotations

import logging
import sys
from pathlib import Path

import pytest

from tests.guards import FINDINGS, LOG, Findings
from tests.serving import serving

pytestmark = pytest.mark.usefixtures("expects_violations")


def test_what_is_said_fails_the_test_that_does_not_expect_it_and_no_other() -> None:
    findings = Findings()
    findings.settle(expected=False)
    findings.handle(logging.makeLogRecord({"msg": "message guard: %s", "args": ("a list",)}))
    with pytest.raises(pytest.fail.Exception, match=r"^message guard: a list$"):
        findings.settle(expected=False)
    findings.settle(expected=False)
    findings.handle(logging.makeLogRecord({"msg": "meant"}))
    findings.settle(expected=True)


def test_all_tests_are_listened_to(expects_violations: list[str]) -> None:
    logging.getLogger(LOG).warning("said")
    assert expects_violations is FINDINGS.said
    assert expects_violations == ["said"]


def test_so_is_a_store_that_a_test_launches(tmp_path: Path, expects_violations: list[str]) -> None:
    script = (
        "import time; print('message guard: x'); print('http://127.0.0.1:1 (Press CTRL+C', flush=True); time.sleep(60)"
    )
    with serving(sys.executable, "-c", script, data=tmp_path / "data"):
        pass
    assert expects_violations == ["message guard: x"]
