"""Opens one host with the doors that other hosts come in by: the main one, or one that was cut out."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from functools import partial
from typing import NamedTuple

from app.assembly import Assembly
from app.config import Settings
from app.errors import LaunchRefused
from app.keys import ACTOR, WIRE, private_key, public_key
from app.placement.attendance import Attendance
from app.placement.directory import Directory
from app.placement.hosting import HOSTING, hosting_codec
from app.placement.runfolder import Claim, RunFolder
from app.placement.view import View
from app.runtime.background import Background
from app.runtime.binding import Binding
from app.runtime.host import GRACE, NOT_YET, Host
from app.runtime.identity import Keys, both_keys
from app.runtime.needs import codecs_of, listened, needs_by_module, published
from app.runtime.part import Part, dependencies
from app.runtime.target import Target
from app.telemetry.metrics import Metrics
from app.wire import tls
from app.wire.address import Address, unix
from app.wire.agreement import shapes
from app.wire.credentials import HostIdentity
from app.wire.door import Door
from app.wire.handshake import Doorkeeper, Passport
from app.wire.hello import HOST
from app.wire.limits import Limits
from app.wire.server import WireServer
from contracts.kit import Signer


class Opened(NamedTuple):
    """A host that stands open: itself, its way to the others, and who attends it."""

    host: Host
    directory: Directory
    attendance: Attendance


class Place(NamedTuple):
    """What a host is and where it is to be.

    ``callers`` are those in whose names it calls: its modules and, for the one that supervises, the host itself.
    ``identity`` proves that; without one only its TLS certificate does. ``listen`` are addresses beside its socket in
    the run folder, which ``claim`` has.
    """

    name: str
    modules: tuple[str, ...]
    callers: tuple[str, ...]
    run: RunFolder
    claim: Claim
    identity: HostIdentity | None
    listen: tuple[Address, ...] = ()


@asynccontextmanager
async def open_host(assembly: Assembly, place: Place) -> AsyncIterator[Opened]:
    """Open a host: first its way to the others, then its modules, then its doors; close it the other way round."""
    settings, data = assembly.settings, assembly.settings.data
    contexts = contexts_of(settings, place.name, place.callers)
    if contexts is None and any(each.scheme == "tcp" for each in place.listen):
        raise LaunchRefused(
            f"To listen on TCP a host needs {settings.file}'s [tls]; make its files with freestone certify."
        )
    keys = _keys(assembly, place)
    authority = public_key(data, WIRE) if place.identity is not None else None
    codecs, needs = codecs_of(assembly.plan), needs_by_module(assembly.plan)
    here = [part for part in assembly.plan.order if part.name in place.modules]
    needed = shapes(codecs, {key for part in here for key in needs[part.name]}, listened(here, assembly.plan))
    passport = Passport(place.name, place.callers, needed, place.identity)
    directory = Directory(
        place.name,
        assembly.modules,
        assembly.topology,
        place.run,
        passport,
        tls=None if contexts is None else contexts.client,
        limit=settings.limit,
    )
    host = Host(assembly.plan, settings, keys, runs=place.modules, reach=directory, fakes=assembly.fakes)
    digest = assembly.digest(place.name, place.modules)
    attendance = Attendance(View(host, place.name, place.claim.replica, digest, directory.misfits))
    audits = Background(HOST)
    async with directory:
        await host.start()
        try:
            _offer(host, attendance)
            served = shapes(host.codecs, host.exports.bindings, published(here))
            failures = {part.name: part.failure for part in host.parts if part.name in host.runs and part.failure}
            doorkeeper = Doorkeeper(place.name, place.modules, served, authority, failures)
            # One connection brings the calls of all a host's modules.
            limits = Limits(calls=max(Limits().calls, settings.limit))
            server = WireServer(host.exports, host.claims, doorkeeper, limits=limits)
        except BaseException:
            await host.stop()
            raise
        try:
            for address in (unix(place.claim.wire), *place.listen):
                await _listen(server, address, None if contexts is None else contexts.server)
            if settings.audit_seconds:
                audits.start("audit", partial(host.audits.every, settings.audit_seconds))
            yield Opened(host, directory, attendance)
        finally:
            await audits.stop()
            attendance.end()
            host.end_feeds()
            until = asyncio.get_running_loop().time() + GRACE
            try:
                await server.stop(GRACE)  # background work goes on meanwhile: what peers wait for may need it
            finally:
                await host.stop(max(0.0, until - asyncio.get_running_loop().time()))


async def _listen(server: WireServer, address: Address, context: ssl.SSLContext | None) -> None:
    try:
        await server.listen(address, context)
    except OSError as error:
        raise LaunchRefused(
            f"The host cannot listen at {address}: {error.strerror or error}; free that address, or name another."
        ) from None


def contexts_of(settings: Settings, host: str, callers: Collection[str]) -> tls.Contexts | None:
    """Return a host's TLS contexts, None where the settings name no certificate."""
    files = settings.tls
    return None if files is None else tls.load(files.certificate, files.key, files.authority, host, callers)


def door(assembly: Assembly, host: Host, *, trusted: bool = False, front: bool = False) -> Door:
    """Return a host's HTTP/JSON door.

    A ``trusted`` one is for a socket that only the host's owner can open. The ``front`` one leads to every module,
    wherever it runs, as the store's pages do.
    """
    settings = assembly.settings
    return Door(
        host.everything() if front else host.exports,
        host.claims,
        settings.door.tokens,
        Metrics(host.bindings.values, lambda: host.guard.violations, host.audits, host.subscriptions),
        modules=assembly.modules,
        max_body=settings.gateway.max_body if front else Limits().frame,
        patience=settings.gateway.receive_timeout,
        # Where proxies may stand before the store, what comes from this machine may come from anywhere.
        local=not (settings.production or settings.gateway.public_url or settings.gateway.trusted_proxies),
        trusted=trusted,
    )


def _keys(assembly: Assembly, place: Place) -> Keys:
    """Return both halves of the actor key where a module that runs here signs, the public one elsewhere."""
    parts = [part for part in assembly.plan.order if part.name in place.modules and part.module is not None]
    if any(_signs(part) for part in parts):
        return both_keys(private_key(assembly.settings.data, ACTOR))
    return Keys(public_key(assembly.settings.data, ACTOR))


def _signs(part: Part) -> bool:
    assert part.module is not None
    return part.failure is None and any(
        each.instance_of is Signer for each in dependencies(part.module.container()).values()
    )


def _offer(host: Host, attendance: Attendance) -> None:
    """Let the host itself be called, by those who supervise and operate it."""
    codec = host.codecs[HOSTING] = hosting_codec()
    binding = Binding(codec.contract, codec.name, host.sweep, reason=NOT_YET, guard=host.guard)
    binding.bind(Target(attendance, host.settings.limit))
    host.exports.serve(HOSTING, binding)
