"""Proving the books of a store in a test: of a host in this process, or of a data folder by the command.

What `freestone audit` says is what a crash test may rely on: it raises no false alarm beside customers who shop, and
waits by itself for what is only on its way (`modules.auditor.auditor`).
"""

from __future__ import annotations

import json
from pathlib import Path

from app.runtime.host import Host
from contracts.kit import Finding
from tests.serving import FREESTONE, call


async def findings_in(host: Host) -> list[Finding]:
    """Have the modules of a host audit, `auditor` among them, and return what they found, nothing where all is well."""
    audits = await host.audits.run()
    assert audits, "no module here audits"
    for each in audits:
        assert each.report is not None, each.problem
    return [finding for each in audits if each.report is not None for finding in each.report.findings]


def findings_by_command(data: Path, environ: dict[str, str] | None = None) -> list[Finding]:
    """Have `freestone audit` look at a data folder, beside the store that runs on it, or alone where none does."""
    done = call(*FREESTONE, "audit", "--json", data=data, environ=environ)
    assert done.returncode in (0, 1), done.stderr
    reports = [each["report"] for each in json.loads(done.stdout)["audits"]]
    found = [Finding(**finding) for report in reports for finding in report["findings"]]
    assert (done.returncode == 1) == bool(found)
    return found
