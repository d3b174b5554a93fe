"""The composition root: settings, data folder, modules, host and gateway, put together."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import NamedTuple

from app.config import load
from app.data.database import database_file
from app.data.migrations import check
from app.gateway import Gateway, ModuleStatus, Status
from app.keys import signing_key
from app.launch import prepare_data
from app.runtime.host import Host
from app.runtime.plan import make_plan
from app.wiring import find_modules
from contracts.kit import Message


class Store(NamedTuple):
    """A running store: its host, and the front door to it."""

    host: Host
    gateway: Gateway


@asynccontextmanager
async def open_store(environ: Mapping[str, str]) -> AsyncIterator[Store]:
    """Open the store that the settings describe.

    `LaunchRefused` says why it cannot be. Whatever there is, is checked before anything is written.
    """
    parts = find_modules()
    settings = load(None, environ).check_modules([part.name for part in parts])
    for part in parts:
        if part.module is not None:
            settings.module_settings(part.name, part.module.settings or Message)
    plan = make_plan(parts)
    with prepare_data(settings.data):
        for part in parts:
            if part.failure is None:
                check(part.name, database_file(part.name, settings.data), part.migrations)
        async with Host(plan, settings, signing_key(settings.data)) as host:
            yield Store(host, Gateway(settings.gateway, host.slots.values, lambda: _status(host)))


def _status(host: Host) -> Status:
    """Ready means that every module serves: an upgrade that breaks one shall not replace what works."""
    failures = host.status()
    modules = (
        ModuleStatus(name, "quarantined" if failure else "serving", failure) for name, failure in failures.items()
    )
    return Status(not any(failures.values()), tuple(modules))
