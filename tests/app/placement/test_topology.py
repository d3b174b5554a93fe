"""The topology says who runs what; one that cannot be is refused in one sentence."""

from __future__ import annotations

import tomllib
from typing import Any

import msgspec
import pytest
from starlette.applications import Starlette

from app.config import HostTable, Settings
from app.errors import LaunchRefused
from app.placement.topology import Topology, make_topology
from app.runtime.part import Part
from app.wire.address import Address
from contracts.kit import Module


def _pages(_: object) -> Any:
    return Starlette()


NAMES = ("cart", "catalog", "orders", "storefront")
PARTS = [Part(name) for name in NAMES[:3]]
PARTS.append(Part("storefront", module=Module(name="storefront", container=object, web=_pages)))


def topology(text: str) -> Topology:
    """Read the [hosts] tables of a settings file for a store of four modules."""
    hosts = msgspec.convert(tomllib.loads(text).get("hosts", {}), dict[str, HostTable])
    return make_topology(Settings(hosts=hosts), PARTS)


def test_without_hosts_everything_is_in_the_main_one() -> None:
    alone = topology("")
    assert alone.hosts == {}
    assert alone.owned == ()
    assert alone.host_of("cart") == "main"
    assert alone.modules_of("main", NAMES) == NAMES


def test_each_module_has_its_host_and_the_main_one_has_the_rest() -> None:
    cut = topology('[hosts.shelf]\nmodules = ["catalog"]\nreplicas = 2\n[hosts.till]\nmodules = ["orders", "cart"]')
    assert [cut.host_of(name) for name in NAMES] == ["till", "shelf", "till", "main"]
    assert cut.modules_of("till", NAMES) == ("cart", "orders")
    assert cut.modules_of("main", NAMES) == ("storefront",)
    assert [(entry.name, entry.replicas) for entry in cut.owned] == [("shelf", 2), ("till", 1)]


def test_what_somebody_else_starts_is_not_owned() -> None:
    cut = topology(
        '[hosts.here]\nmodules = ["cart", "storefront"]\nstart = false\n'
        '[hosts.there]\nmodules = ["catalog"]\naddresses = ["tcp://10.0.0.7:7000", "tcp://[fd00::7]:7000"]\n'
        '[hosts.abroad]\nmodules = ["orders"]\naddresses = ["https://till.example/"]'
    )
    assert cut.owned == ()
    assert cut.hosts["here"].addresses == ()
    assert cut.hosts["there"].addresses == (
        Address("tcp", "10.0.0.7", 7000),
        Address("tcp", "fd00::7", 7000),
    )
    assert cut.hosts["abroad"].addresses == (Address("http", "https://till.example"),)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[hosts.x]\nmodules = ['catalgo']", "[hosts.x]: there is no module catalgo; did you mean catalog?"),
        (
            "[hosts.x]\nmodules = []",
            "[hosts.x]: modules is empty; name those that shall run there, or remove the table.",
        ),
        ("[hosts.x]\nmodules = ['cart', 'cart']", "[hosts.x]: module cart is named twice; once is enough."),
        (
            "[hosts.main]\nmodules = ['cart']",
            "[hosts.main]: main is the process that serves the gateway; give this host another name.",
        ),
        *(
            (
                f"[hosts.{name}]\nmodules = ['cart']",
                f"[hosts.{name}]: a host's name is in snake case, such as main, with at most 32 characters.",
            )
            for name in ("Cart", "a-b", "9", "_a", "a" * 33)
        ),
        (
            "[hosts.x]\nmodules = ['cart']\naddresses = ['10.0.0.7:7000']",
            (
                "[hosts.x] addresses: '10.0.0.7:7000' is no address; say unix:/path/to/socket, tcp://host:port, "
                "http://host:port or https://host:port."
            ),
        ),
        (
            "[hosts.x]\nmodules = ['cart']\naddresses = ['tcp://a:1', 'tcp://a:1']",
            "[hosts.x]: the address tcp://a:1 is named twice; once is enough.",
        ),
        (
            "[hosts.x]\nmodules = ['cart']\naddresses = ['http://a:1', 'tcp://a:2']",
            "[hosts.x]: an http address stands alone; leave the others out, or name a balancer's.",
        ),
        (
            "[hosts.x]\nmodules = ['cart']\naddresses = ['tcp://a:1']\nreplicas = 1",
            "[hosts.x]: each of its addresses is a replica; leave replicas out.",
        ),
        (
            "[hosts.x]\nmodules = ['cart']\naddresses = ['tcp://a:1']\nstart = true",
            "[hosts.x]: start = true is for hosts on this machine, and addresses for others; leave one of them out.",
        ),
        (
            "[hosts.x]\nmodules = ['cart']\nstart = false\nreplicas = 2",
            "[hosts.x]: replicas is how many are started, and start = false says that none is; leave one of them out.",
        ),
        (
            "[hosts.x]\nmodules = ['cart', 'storefront']\naddresses = ['http://a:1']",
            (
                "[hosts.x]: module storefront has pages, which the gateway fetches from hosts on this machine alone; "
                "leave addresses out, or the module."
            ),
        ),
    ],
)
def test_a_host_that_cannot_be_is_refused(text: str, sentence: str) -> None:
    with pytest.raises(LaunchRefused) as refused:
        topology(text)
    assert str(refused.value) == f"freestone.toml, {sentence}"


def test_a_module_in_two_hosts_is_refused() -> None:
    with pytest.raises(LaunchRefused) as refused:
        topology("[hosts.x]\nmodules = ['cart']\n[hosts.y]\nmodules = ['catalog', 'cart']")
    assert str(refused.value) == (
        "freestone.toml: module cart is in [hosts.x] and in [hosts.y]; "
        "a module has one host: take it out of one of them."
    )


def test_the_main_host_has_an_address_for_other_machines() -> None:
    assert make_topology(Settings(address="tcp://10.0.0.5:7000"), ()).main == Address("tcp", "10.0.0.5", 7000)
    assert make_topology(Settings(), ()).main is None


@pytest.mark.parametrize("text", ["unix:/somewhere", "http://10.0.0.5:80", "nonsense"])
def test_an_address_of_the_main_host_that_no_machine_could_reach_is_refused(text: str) -> None:
    with pytest.raises(LaunchRefused, match=r"\[freestone\] address: "):
        make_topology(Settings(address=text), ())
