"""A server listens where it is told, says who was turned away, and takes its leave without losing a call."""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
import stat
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import pytest

from app.evolution.shape import ContractShape, OperationShape, TypeShape
from app.wire.address import Address, unix
from app.wire.certificates import make_authority, make_certificate
from app.wire.handshake import Passport, Refused
from app.wire.limits import Limits
from app.wire.link import Link, Unreachable
from app.wire.tls import Contexts, load
from contracts.kit import Unavailable
from tests.app.runtime.builders import Doing, Errand, forever, until
from tests.app.runtime.sources import read
from tests.app.wire.pairs import CALLER, STRANGER, callee, linked, passport, wired
from tests.app.wire.peers import admitted, call, connected
from tests.app.wire.post import Carrier, Post

ANYWHERE = Address("tcp", "127.0.0.1", 0)


class Certified(NamedTuple):
    """TLS contexts: the callee's, the caller's, and that of a host of another store."""

    far: Contexts
    near: Contexts
    foreign: Contexts


@pytest.fixture(scope="module")
def certified(tmp_path_factory: pytest.TempPathFactory) -> Certified:
    """Certificates of one authority, and one of another."""
    now, folder = datetime.now(UTC), tmp_path_factory.mktemp("tls")
    authority, other = make_authority(now), make_authority(now)

    def contexts(name: str, host: str, modules: tuple[str, ...], by: object) -> Contexts:
        signing = authority if by is authority else other
        pair = make_certificate(signing, host, modules, now)
        files = []
        for what, content in (("crt", pair.certificate), ("key", pair.key), ("ca", signing.certificate)):
            files.append(folder / f"{name}.{what}")
            files[-1].write_bytes(content)
        return load(files[0], files[1], files[2], host, modules)

    return Certified(
        contexts("far", "far", ("errand",), authority),
        contexts("near", "near", (CALLER, STRANGER), authority),
        contexts("foreign", "near", (CALLER, STRANGER), other),
    )


async def test_a_socket_is_for_its_owner_alone_and_is_gone_afterwards(tmp_path: Path) -> None:
    path = tmp_path / "far.sock"
    async with callee(Errand, Doing(), address=unix(path)):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert not path.exists()


async def test_a_socket_that_another_took_over_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "far.sock"
    async with callee(Errand, Doing(), address=unix(path)):
        path.unlink()
        path.write_text("another's")
    assert path.read_text() == "another's"


async def test_a_socket_left_by_a_killed_process_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "far.sock"
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(path))
    async with callee(Errand, Doing(), address=unix(path)) as far, linked(far) as pair:
        assert await pair.proxy.run() == "done"


async def test_one_server_listens_at_several_addresses(tmp_path: Path) -> None:
    async with callee(Errand, Doing()) as far:
        first = far.address
        for address in (unix(tmp_path / "another.sock"), ANYWHERE):
            far.address = await far.server.listen(address)
            async with linked(far) as pair:
                assert await pair.proxy.run() == "done"
        far.address = first
        async with linked(far) as pair:
            assert await pair.proxy.run() == "done"


async def test_calls_and_streams_cross_mutual_tls(certified: Certified) -> None:
    shape = ContractShape("post.v1", {"burn": OperationShape("query", 1.0, (), TypeShape("int"))})
    async with (
        callee(Post, Carrier(), address=ANYWHERE, tls=certified.far.server) as far,
        linked(far, tls=certified.near.client, shown=Passport("near", [CALLER], {"post.v1": shape}, None)) as pair,
    ):
        assert pair.link.differing == {"post.v1/burn": "there is no such operation there"}
        assert await pair.proxy.number(1, plus=2) == 3
        assert await read(pair.proxy.count(100)) == list(range(100))
        assert len(await pair.proxy.long(1_000_000)) == 1_000_000
        assert (await asyncio.gather(*(pair.proxy.number(each) for each in range(200)))) == list(range(200))


async def test_a_caller_with_a_foreign_certificate_is_turned_away_and_logged_once(
    certified: Certified, caplog: pytest.LogCaptureFixture
) -> None:
    foreign = certified.foreign.client
    foreign.check_hostname, foreign.verify_mode = False, ssl.CERT_NONE
    async with callee(Errand, Doing(), address=ANYWHERE, tls=certified.far.server) as far:
        with pytest.raises(Unreachable, match=r"TLS failed|hung up|lost"):
            await Link.open(far.address, passport(), tls=foreign)
        await until(lambda: said(caplog))
        assert not far.server.sessions
    (line,) = said(caplog)
    assert "is refused: TLS with a certificate was not agreed on" in line
    assert "certificate verify failed" in line


async def test_a_callee_with_a_foreign_certificate_is_refused_with_a_sentence(certified: Certified) -> None:
    async with callee(Errand, Doing(), address=ANYWHERE, tls=certified.foreign.server) as far:
        with pytest.raises(Refused, match=r"^The certificate of tcp://127\.0\.0\.1:\d+ does not count here \(.+\)\.$"):
            await Link.open(far.address, passport(), tls=certified.near.client)


async def test_a_callee_without_the_expected_module_in_its_certificate_is_refused(certified: Certified) -> None:
    async with callee(Errand, Doing(), address=ANYWHERE, tls=certified.near.server) as far:
        with pytest.raises(Refused, match="certificate is not for the modules"):
            await Link.open(far.address, passport(), tls=certified.near.client, expected=frozenset({"errand"}))


async def test_plain_text_on_a_tls_port_is_turned_away_and_logged_once(
    certified: Certified, caplog: pytest.LogCaptureFixture
) -> None:
    async with (
        callee(Errand, Doing(), address=ANYWHERE, tls=certified.far.server) as far,
        linked(far, tls=certified.near.client, shown=Passport("near", [CALLER], {}, None)) as pair,
    ):
        async with await connected(far.address) as peer:
            peer.writer.write(b"GET / HTTP/1.1\r\nHost: far\r\n\r\n")
            await peer.reader.read()
        await until(lambda: said(caplog))
        assert len(far.server.sessions) == 1
        assert await pair.proxy.run() == "done"
    (line,) = said(caplog)
    assert line.startswith("a connection from ('127.0.0.1', ")
    assert "is refused: TLS with a certificate was not agreed on" in line


async def test_tls_towards_a_plain_callee_is_unreachable(certified: Certified) -> None:
    async with callee(Errand, Doing(), address=ANYWHERE) as far:
        with pytest.raises(Unreachable):
            await Link.open(far.address, passport(), tls=certified.near.client)


async def test_a_tls_handshake_that_does_not_come_is_not_waited_for(
    certified: Certified, caplog: pytest.LogCaptureFixture
) -> None:
    hasty = Limits(hello=0.1)
    async with callee(Errand, Doing(), address=ANYWHERE, tls=certified.far.server, limits=hasty) as far:
        async with await connected(far.address) as peer:
            assert await peer.reader.read() == b""
        await until(lambda: said(caplog))
    assert len(said(caplog)) == 1


async def test_who_stops_says_so_and_lets_calls_under_way_end() -> None:
    carrier = Carrier()
    async with wired(Post, carrier) as pair:
        slow = asyncio.create_task(pair.proxy.wait())
        await until(lambda: carrier.begun)
        stopping = asyncio.create_task(pair.server.stop(60))
        await until(lambda: pair.link.draining)
        assert pair.ended == ["it takes no more calls: the host is stopping"]
        with pytest.raises(Unavailable) as caught:
            await pair.proxy.number(1)
        assert not caught.value.may_have_executed
        assert caught.value.reason == "it takes no more calls: the host is stopping"
        assert not stopping.done()
        carrier.free.set()
        await slow
        await stopping
        await pair.link.closed.wait()
        assert pair.ended == ["it takes no more calls: the host is stopping"]


@pytest.mark.parametrize("attempt", range(10))
async def test_no_call_is_lost_while_a_server_stops(attempt: int) -> None:
    async with wired(Post, Carrier()) as pair:
        done = 0

        async def keep_calling() -> Unavailable:
            nonlocal done
            while True:
                try:
                    await pair.proxy.number(1)
                except Unavailable as error:
                    return error
                done += 1

        callers = [asyncio.create_task(keep_calling()) for _ in range(10)]
        await until(lambda: done > 20 + attempt)
        await pair.server.stop(60)
        refusals = await asyncio.gather(*callers)
        assert [each.may_have_executed for each in refusals] == [False] * 10


async def test_a_stream_may_end_too() -> None:
    carrier = Carrier()
    async with wired(Post, carrier, limits=Limits(window=2)) as pair:
        items = pair.proxy.count(500)
        assert await anext(items) == 0
        stopping = asyncio.create_task(pair.server.stop(60))
        await until(lambda: pair.link.draining)
        assert await read(items) == list(range(1, 500))
        await stopping


async def test_a_call_that_does_not_end_is_cut_off_after_the_grace() -> None:
    carrier = Carrier()
    async with wired(Post, carrier) as pair:
        slow = asyncio.create_task(pair.proxy.wait())
        await until(lambda: carrier.begun)
        await pair.server.stop(0.05)
        with pytest.raises(Unavailable) as caught:
            await slow
        assert caught.value == Unavailable(
            operation="errand.wait", reason="the host has stopped", may_have_executed=True
        )
        await until(lambda: carrier.cancelled)


async def test_calls_behind_the_answer_to_the_leave_are_refused() -> None:
    async with callee(Errand, Doing(forever)) as far, await admitted(far.address) as peer:
        peer.send(call(1))
        await until(lambda: far.server.under_way)
        stopping = asyncio.create_task(far.server.stop(60))
        assert await peer.receive() == [12, "the host is stopping"]
        ping = await peer.receive()
        peer.send([11, ping[1]], call(2))
        kind, number, code, problem = await peer.receive()
        assert (kind, number, code, problem["may_have_executed"]) == (4, 2, "call.unavailable", False)
        peer.send([5, 1])
        assert await peer.receive() == [13, "all calls are done"]
        await peer.close()
        await stopping


async def test_a_peer_that_cannot_answer_at_the_moment_is_asked_again_whether_it_heard() -> None:
    async with wired(Errand, Doing(), far_limits=Limits(ping=0.2)) as pair:
        await pair.proxy.run()
        pair.link.pause_writing()
        stopping = asyncio.create_task(pair.server.stop(3600))
        await until(lambda: pair.link.draining)
        pair.link.resume_writing()
        await stopping
        await pair.link.closed.wait()


async def test_who_is_not_admitted_yet_does_not_hold_up_a_stop() -> None:
    async with callee(Errand, Doing()) as far, await connected(far.address) as peer:
        await peer.receive()
        stopping = asyncio.create_task(far.server.stop(60))
        assert await peer.reason() == "the host is stopping"
        await peer.close()
        await stopping


async def test_nobody_is_accepted_any_more_after_a_stop() -> None:
    async with callee(Errand, Doing()) as far:
        await far.server.stop(0)
        with pytest.raises(Unreachable):
            await Link.open(far.address, passport())


async def test_a_server_knows_what_is_under_way() -> None:
    carrier = Carrier()
    async with callee(Post, carrier) as far, linked(far) as first, linked(far) as second:
        waiting = [asyncio.create_task(pair.proxy.wait()) for pair in (first, first, second)]
        await until(lambda: carrier.begun == 3)
        assert len(far.server.sessions) == 2
        assert sorted(each.under_way for each in far.server.sessions) == [1, 2]
        assert far.server.under_way == 3
        assert {each.peer.host for each in far.server.sessions if each.peer} == {"near"}
        carrier.free.set()
        await asyncio.gather(*waiting)
        assert far.server.under_way == 0


def said(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return what the wire, or the loop, warned of."""
    return [each.getMessage() for each in caplog.records if each.levelno >= logging.WARNING]
