"""Settings come from the file and the environment; whatever is wrong is refused in one sentence."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import msgspec
import pytest
from msgspec import Meta

from app.config import DoorSettings, GatewaySettings, HostSettings, HostTable, Settings, TlsSettings, load
from app.errors import LaunchRefused
from contracts.kit import Message

ROOT = Path(__file__).parents[2]

TABLES = {"freestone": HostSettings, "gateway": GatewaySettings, "door": DoorSettings}

Write = Callable[[str], Path]
ALL = "[freestone], [gateway], [database], [door], [tls], [hosts.<name>] and [modules.<name>]"


class Order(StrEnum):
    NEWEST = "newest"
    CHEAPEST = "cheapest"


class Rate(Message):
    country: str
    price: Annotated[int, Meta(ge=0)]


class CatalogSettings(Message):
    page_size: Annotated[int, Meta(ge=1, le=100)] = 24
    order: Order = Order.NEWEST
    pictures: bool = True
    secret: Annotated[str, Meta(min_length=8)] = "not a secret"
    rates: tuple[Rate, ...] = ()


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(text: str) -> Path:
        file = tmp_path / "freestone.toml"
        file.write_text(text, "utf-8")
        return file

    return write


def refusal(read: Callable[[], object]) -> str:
    """The sentence with which reading is refused, without the folder of the file."""
    with pytest.raises(LaunchRefused) as caught:
        read()
    sentence = str(caught.value)
    assert "\n" not in sentence
    assert sentence.endswith((".", "?"))
    return re.sub(r"/\S*/(?=\w+\.toml)", "", sentence)


def test_without_a_file_everything_has_its_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    settings = load(None, {})
    assert settings == Settings()
    assert (settings.data, settings.production, settings.limit) == (Path("data"), False, 1000)
    assert (settings.gateway.host, settings.gateway.port, settings.gateway.public_url) == ("127.0.0.1", 8000, None)


def test_the_committed_file_shows_the_defaults() -> None:
    text = (ROOT / "freestone.toml").read_text("utf-8")
    assert load(ROOT / "freestone.toml", {}) == Settings(file=str(ROOT / "freestone.toml"))
    shown = tomllib.loads(re.sub(r"^# (?=\w+ = |\[)", "", text, flags=re.MULTILINE))
    defaults = {title: msgspec.json.decode(msgspec.json.encode(kind(), enc_hook=str)) for title, kind in TABLES.items()}
    assert shown["gateway"].pop("public_url") == "https://shop.example"
    assert defaults["gateway"].pop("public_url") is None
    assert shown["freestone"].pop("address") == "tcp://10.0.0.5:7000"
    assert defaults["freestone"].pop("address") is None
    assert {title: shown[title] for title in TABLES} == defaults
    assert set(shown["tls"]) == {field.name for field in msgspec.structs.fields(TlsSettings)}
    assert set(shown["hosts"]["catalog"]) == {field.name for field in msgspec.structs.fields(HostTable)}


def test_the_file_in_the_working_directory_is_read(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(write("[freestone]\nlimit = 5\n[gateway]\nreceive_timeout = 3").parent)
    settings = load(None, {})
    assert settings.limit == 5
    assert settings.gateway.receive_timeout == 3.0


def test_a_variable_names_another_file(write: Write) -> None:
    file = write("[freestone]\nlimit = 5")
    assert load(None, {"FREESTONE_CONFIG": str(file)}).limit == 5


def test_the_environment_overrides_the_file(write: Write) -> None:
    file = write(
        '[freestone]\ndata = "there"\n[gateway]\nport = 1\n[modules.catalog]\npage_size = 10\npictures = false'
    )
    environ = {
        "FREESTONE_DATA": "/srv/store",
        "FREESTONE_PORT": "2",
        "FREESTONE_HOST": "::1",
        "FREESTONE_PRODUCTION": "true",
        "FREESTONE_TRUSTED_PROXIES": '["10.0.0.0/8", "::1"]',
        "FREESTONE_CATALOG_PAGE_SIZE": "11",
        "FREESTONE_CATALOG_RATES": '[{country = "DE", price = 490}]',
        "PATH": "/bin",
    }
    settings = load(file, environ).check_modules({"catalog"})
    assert (settings.data, settings.production) == (Path("/srv/store"), True)
    assert (settings.gateway.host, settings.gateway.port) == ("::1", 2)
    assert settings.gateway.trusted_proxies == ("10.0.0.0/8", "::1/128")
    catalog = settings.module_settings("catalog", CatalogSettings)
    assert catalog == CatalogSettings(page_size=11, pictures=False, rates=(Rate(country="DE", price=490),))


def test_an_empty_variable_counts_as_absent_and_those_of_the_tests_are_left_alone(write: Write) -> None:
    environ = {"FREESTONE_PORT": " ", "FREESTONE_TEST_BROWSER": "x", "FREESTONE_REQUIRE_BROWSER": "1"}
    settings = load(write(""), environ)
    assert settings.gateway.port == 8000
    assert settings.check_modules(()).variables == {}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[gateway]\nport = 70000", "freestone.toml, [gateway] port takes a whole number from 0 to 65535, not 70000."),
        ("[gateway]\nport = '80'", "freestone.toml, [gateway] port takes a whole number from 0 to 65535, not '80'."),
        ("[gateway]\nport = true", "freestone.toml, [gateway] port takes a whole number from 0 to 65535, not True."),
        (
            "[gateway]\nreceive_timeout = inf",
            "freestone.toml, [gateway] receive_timeout takes a number of more than 0 and at most 3600, not inf.",
        ),
        (
            "[gateway]\nrequest_deadline = nan",
            "freestone.toml, [gateway] request_deadline takes a number of more than 0 and at most 3600, not nan.",
        ),
        ("[gateway]\nprot = 1", "freestone.toml, [gateway]: prot is not a setting; did you mean port?"),
        ("[freestone]\nproduction = 1", "freestone.toml, [freestone] production takes true or false, not 1."),
        ("[freestone]\ndata = ''", "freestone.toml, [freestone] data takes a path, not ''."),
        ("[freestone]\nlimit = 0", "freestone.toml, [freestone] limit takes a whole number from 1 to 100000, not 0."),
        (
            "[freestone]\nx = 0",
            (
                "freestone.toml, [freestone]: x is not a setting; "
                "there are address, audit_seconds, data, keep_events, limit, patience, production, strict."
            ),
        ),
        (
            "[freestone]\npatience = 0.5",
            "freestone.toml, [freestone] patience takes a number from 1 to 1000, not 0.5.",
        ),
        (
            "[freestone]\npatience = 2\nproduction = true",
            "freestone.toml, [freestone]: patience is for development; in production leave it out.",
        ),
        ("port = 1", f"freestone.toml: port stands outside of {ALL}."),
        ("[getaway]", f"freestone.toml: getaway stands outside of {ALL}."),
        ("gateway = 1", "freestone.toml: gateway must be a table; write [gateway] above its keys."),
        (
            "[modules]\ncatalog = 1",
            "freestone.toml: modules.catalog must be a table; write [modules.catalog] above its keys.",
        ),
        (
            "[gateway]\nport =",
            "The settings file freestone.toml is not TOML: Invalid value (at end of document).",
        ),
        (
            "[gateway]\ntrusted_proxies = ['10.0.0.0/33']",
            (
                "freestone.toml, [gateway] trusted_proxies takes a list, each item an address or a network such as "
                "10.0.0.0/8, not ['10.0.0.0/33']."
            ),
        ),
    ],
)
def test_a_wrong_file_is_refused(write: Write, text: str, sentence: str) -> None:
    assert refusal(lambda: load(write(text), {})) == sentence


@pytest.mark.parametrize(
    ("environ", "sentence"),
    [
        ({"FREESTONE_PORT": "http"}, "FREESTONE_PORT takes a whole number from 0 to 65535, not 'http'."),
        ({"FREESTONE_PORT": "1\nx=2"}, "FREESTONE_PORT takes a whole number from 0 to 65535, not '1\\nx=2'."),
        ({"FREESTONE_PRODUCTION": "yes"}, "FREESTONE_PRODUCTION takes true or false, not 'yes'."),
        ({"FREESTONE_CONFIG": "elsewhere.toml"}, "There is no settings file elsewhere.toml."),
    ],
)
def test_a_wrong_variable_is_refused(write: Write, environ: Mapping[str, str], sentence: str) -> None:
    path = None if "FREESTONE_CONFIG" in environ else write("")
    assert refusal(lambda: load(path, environ)) == sentence


def test_a_file_that_is_no_text_or_no_file_is_refused(tmp_path: Path) -> None:
    binary = tmp_path / "binary.toml"
    binary.write_bytes(b"[gateway]\xff")
    assert refusal(lambda: load(binary, {})) == "The settings file binary.toml is not UTF-8 text (byte 9)."
    folder = tmp_path / "folder.toml"
    folder.mkdir()
    assert refusal(lambda: load(folder, {})) == "The settings file folder.toml cannot be read: Is a directory."


@pytest.mark.parametrize(
    ("text", "environ", "sentence"),
    [
        ("[modules.catalgo]", {}, "freestone.toml: [modules.catalgo] is for no module; did you mean catalog?"),
        ("[modules.x]", {}, "freestone.toml: [modules.x] is for no module; there are catalog, mobile_api."),
        ("", {"FREESTONE_PROT": "1"}, "FREESTONE_PROT is not a setting; did you mean FREESTONE_PORT?"),
        (
            "",
            {"FREESTONE_CATALGO_PAGE_SIZE": "1"},
            "FREESTONE_CATALGO_PAGE_SIZE is not a setting; did you mean FREESTONE_CATALOG_PAGE_SIZE?",
        ),
        (
            "",
            {"FREESTONE_MOBIL_API_TOKENS": "1"},
            "FREESTONE_MOBIL_API_TOKENS is not a setting; did you mean FREESTONE_MOBILE_API_TOKENS?",
        ),
    ],
)
def test_what_names_an_unknown_module_is_refused(
    write: Write, text: str, environ: Mapping[str, str], sentence: str
) -> None:
    assert refusal(lambda: load(write(text), environ).check_modules({"catalog", "mobile_api"})) == sentence


@pytest.mark.parametrize(
    ("text", "environ", "sentence"),
    [
        ("page_siz = 1", {}, "freestone.toml, [modules.catalog]: page_siz is not a setting; did you mean page_size?"),
        ("page_size = 0", {}, "freestone.toml, [modules.catalog] page_size takes a whole number from 1 to 100, not 0."),
        ("order = 'x'", {}, "freestone.toml, [modules.catalog] order takes one of newest, cheapest, not 'x'."),
        ("secret = 'hunter2'", {}, "freestone.toml, [modules.catalog] secret takes text of at least 8 characters."),
        (
            "rates = [{country = 'DE', price = -1}]",
            {},
            "freestone.toml, [modules.catalog] rates[0].price: expected `int` >= 0.",
        ),
        (
            "rates = [{country = 'DE', price = 1, prise = 2}]",
            {},
            "freestone.toml, [modules.catalog] rates: prise is not a setting; did you mean price?",
        ),
        (
            "",
            {"FREESTONE_CATALOG_PAGESIZE": "1"},
            "FREESTONE_CATALOG_PAGESIZE is not a setting; did you mean FREESTONE_CATALOG_PAGE_SIZE?",
        ),
        (
            "",
            {"FREESTONE_CATALOG_PAGE_SIZE": "many"},
            "FREESTONE_CATALOG_PAGE_SIZE takes a whole number from 1 to 100, not 'many'.",
        ),
        ("", {"FREESTONE_CATALOG_SECRET": "hunter2"}, "FREESTONE_CATALOG_SECRET takes text of at least 8 characters."),
    ],
)
def test_a_modules_settings_are_checked_when_its_type_is_known(
    write: Write, text: str, environ: Mapping[str, str], sentence: str
) -> None:
    settings = load(write(f"[modules.catalog]\n{text}"), environ).check_modules({"catalog"})
    assert refusal(lambda: settings.module_settings("catalog", CatalogSettings)) == sentence


def test_a_module_without_settings_takes_none(write: Write) -> None:
    settings = load(write("[modules.cart]\nsize = 1"), {}).check_modules({"cart"})
    sentence = "freestone.toml, [modules.cart]: size is not a setting; there are none."
    assert refusal(lambda: settings.module_settings("cart", Message)) == sentence


def test_a_setting_without_a_default_must_be_given(write: Write) -> None:
    class Required(Message):
        key: str

    settings = load(write(""), {})
    sentence = "freestone.toml, [modules.payments]: key is missing; set it there or in FREESTONE_PAYMENTS_KEY."
    assert refusal(lambda: settings.module_settings("payments", Required)) == sentence


def test_a_variable_belongs_to_the_module_with_the_longest_name_that_fits(write: Write) -> None:
    class Rules(Message):
        size: int = 0

    class Cart(Message):
        rules_size: int = 0

    environ = {"FREESTONE_CART_RULES_SIZE": "7"}
    both = load(write(""), environ).check_modules({"cart", "cart_rules"})
    assert both.module_settings("cart_rules", Rules).size == 7
    assert both.module_settings("cart", Cart).rules_size == 0
    alone = load(write(""), environ).check_modules({"cart"})
    assert alone.module_settings("cart", Cart).rules_size == 7
