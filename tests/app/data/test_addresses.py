"""Each module has an address of its own, made of the common one."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.config import Settings, load
from app.data.addresses import own_address, place_of
from app.data.places import place_at
from app.data.postgresql import Schema
from app.data.roles import prepare
from app.data.sqlite_place import SqliteFile
from app.errors import LaunchRefused

COMMON = "postgresql://freestone:s%40cret@db:5433/store?sslmode=require"


def given(**environ: str) -> Settings:
    return load(
        None, {f"FREESTONE_{name}": value for name, value in environ.items()} | {"FREESTONE_CONFIG": "/dev/null"}
    )


def test_a_module_has_a_role_a_password_and_a_schema_of_its_own() -> None:
    """The password is what openssl dgst -sha256 -hmac 's@cret' says of the role's name."""
    catalog, orders = (own_address(module, COMMON) for module in ("catalog", "orders"))
    assert catalog == (
        "postgresql://freestone_catalog:8bd53e1b2911c0967fa27d2ca48ced2a64894f1fba49f620bc07629e81fcc525"
        "@db:5433/store?sslmode=require"
    )
    assert orders.startswith("postgresql://freestone_orders:")
    assert orders.partition("@")[0][-64:] != catalog.partition("@")[0][-64:]
    assert Schema("catalog", catalog).schema == "freestone_catalog"


def test_without_a_password_there_is_none() -> None:
    assert own_address("cart", "postgresql://shop@/store?host=/run/pg") == "postgresql://shop_cart@/store?host=/run/pg"


def test_a_name_that_the_server_would_cut_off_is_refused() -> None:
    with pytest.raises(LaunchRefused, match="has more than 63 letters"):
        own_address("catalog", f"postgresql://{'x' * 60}@h/d")


def test_a_place_is_named_without_its_secret() -> None:
    place = place_at("catalog", own_address("catalog", COMMON))
    assert place.name == "schema freestone_catalog of store on db:5433"
    assert str(place) == f"The database of module catalog, {place.name},"


def test_settings_say_where_each_module_s_data_is() -> None:
    settings = given(DATABASE_URL=COMMON, DATABASE_MODULES='{media = "sqlite", cart = "postgresql://till@h/money"}')
    assert isinstance(place_of("media", settings), SqliteFile)
    assert place_of("cart", settings).name == "schema till of money on h:5432"
    assert place_of("orders", settings).name == "schema freestone_orders of store on db:5433"
    assert place_of("orders", given(DATA="/d")).name == str(Path("/d/orders.sqlite"))


@pytest.mark.parametrize("url", ["mysql://a@h/d", "postgresql://h/d", "postgresql://a@h", "postgresql://A@h/d", "x"])
def test_what_is_no_address_is_refused_and_not_repeated(url: str) -> None:
    told = r"^FREESTONE_DATABASE_URL takes text such as postgresql://user:password@host:5432/database\.$"
    with pytest.raises(LaunchRefused, match=told):
        given(DATABASE_URL=url)
    told = r"cart takes text such as postgresql://user:password@host:5432/database, sqlite:/folder, or sqlite\.$"
    with pytest.raises(LaunchRefused, match=told):
        given(DATABASE_MODULES=f'{{cart = "{url}"}}')


@pytest.mark.parametrize("address", ["postgresql://u:s3cr%zzet@h/d", "postgresql://u:s3cret@h/d?nowhere=1", "s3cret"])
def test_an_address_that_cannot_be_read_is_refused_and_not_repeated(address: str) -> None:
    with pytest.raises(LaunchRefused, match=r"^The address of the data of module cart cannot be read: ") as placed:
        place_at("cart", address)
    with pytest.raises(LaunchRefused, match=r"^The address of the admin cannot be read: ") as prepared:
        prepare(address, [])
    assert "s3cr" not in f"{placed.value}{prepared.value}"


def test_an_address_without_a_user_is_refused() -> None:
    with pytest.raises(LaunchRefused, match=r"^The address of the data of module cart names nobody who logs in\.$"):
        place_at("cart", "postgresql:///store")


def test_a_place_for_a_module_that_is_not_there_is_refused() -> None:
    with pytest.raises(LaunchRefused, match=r"\[database\] modules: there is no module crat; did you mean cart\?"):
        given(DATABASE_MODULES='{crat = "sqlite"}').check_modules(["cart", "orders"])
