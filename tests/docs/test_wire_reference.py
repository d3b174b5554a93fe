"""The page about the wire is the code's: its tables, its vectors; and its caller knows nothing else."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import msgspec

from app.evolution import shape
from app.runtime.identity import Identities
from app.runtime.ports import SystemClock
from app.wire import agreement, frames
from app.wire.codec import CALL_ERRORS
from app.wire.hello import Hello
from app.wire.limits import Limits
from tests.docs import wire_caller
from tests.docs.wire_caller import assertion, public
from tests.docs.wire_stand import CREDENTIAL, HOST_KEY, SUPERVISOR

PAGE = (Path(__file__).parents[2] / "docs/reference/wire.md").read_text()


def test_the_caller_knows_nothing_of_the_store() -> None:
    source = Path(wire_caller.__file__).read_text()
    imported = set(re.findall(r"^\s*(?:from|import) (\w+)", source, re.MULTILINE))
    assert imported - sys.stdlib_module_names == {"cryptography", "msgspec"}


def table(heading: str) -> list[list[str]]:
    """The rows of the page's table below such a row of headings, without code marks."""
    below = PAGE.split(heading, 1)[1].splitlines()[2:]
    rows = [line for line in below[: below.index("")] if line.startswith("|")]
    return [[cell.strip().replace("`", "") for cell in re.split(r"(?<!\\)\|", row)[1:-1]] for row in rows]


def test_the_pages_vectors_are_what_the_code_makes() -> None:
    found = dict(
        re.findall(
            r"^(wire\.pub|S|P|proof) +([0-9a-f\s]+?)(?=^\w|\Z)",
            PAGE.split("```text\n")[1].split("```")[0],
            re.MULTILINE,
        )
    )
    shown = {name: bytes.fromhex(text) for name, text in found.items()}
    assert shown["wire.pub"] == public(SUPERVISOR)
    assert shown["S"] + shown["P"] == CREDENTIAL
    assert shown["proof"] == wire_caller.proof(HOST_KEY, bytes(range(64, 80)), "shelf")
    ada = assertion(SUPERVISOR, "ada", ["customer"], 4102444800.0)
    assert PAGE.split("```text\n")[2].split("```")[0].strip() == ada
    assert Identities(public(SUPERVISOR), SystemClock()).verify(ada).id == "ada"


def test_the_page_lists_every_frame_with_its_elements() -> None:
    kinds = {frames.HELLO: frames.Greeting, frames.ERROR: frames.Failure, frames.GOAWAY: frames.GoAway}
    rows = table("| kind | frame |")
    assert [row[0] for row in rows] == [str(number) for number in range(14)]
    for kind, name, _, elements in rows:
        assert getattr(frames, name) == int(kind)
        form = kinds.get(int(kind)) or getattr(frames, name.title())
        assert elements == str([int(kind), *form.__struct_fields__]).replace("'", "")


def test_the_page_lists_every_key_of_a_hello_with_its_default() -> None:
    empty = {b"": "empty", (): "[]"}
    shown = {key: row[2] for row in table("| key | type |") for key in row[0].split(", ")}
    for field in msgspec.structs.fields(Hello):
        default = field.default_factory() if callable(field.default_factory) else field.default
        wanted = "–" if field.required else empty.get(default) if isinstance(default, bytes | tuple) else str(default)
        assert shown.pop(field.name) == wanted
    assert shown == {}


def test_the_page_lists_every_key_of_a_shape() -> None:
    values = {"query", "command", "stream", "atomic", "process", "values", "message"}
    shown = dict(re.findall(r"^\| (\w+) \| (`.*) \|$", PAGE.split("| of a | keys |")[1].split("\n\n")[0], re.MULTILINE))
    for form in ("contract", "operation", "event", "message", "field", "type"):
        fields = set(getattr(shape, f"{form.title()}Shape").__struct_fields__)
        assert fields <= set(re.findall(r"`(\w+)`", shown.pop(form))) <= fields | values
    assert shown == {}


def test_the_page_lists_the_errors_of_every_call_with_their_fields() -> None:
    shown = {row[0]: re.findall(r"(\w+) \((?:text|boolean)", row[1]) for row in table("| code | fields |")}
    assert shown == {code: list(error.form.__struct_fields__) for code, error in CALL_ERRORS.items()}


def test_the_page_tells_the_limits_there_are() -> None:
    assert f"each of at most\n  {agreement.LARGEST:,} bytes" in PAGE
    limits, shown = Limits(), dict(row[:2] for row in table("| limit | default |"))
    said = " ".join(f"{name}: {value}" for name, value in shown.items())
    for text in (
        f"{limits.frame >> 20} MiB",
        f"{limits.calls:,} a connection",
        f"the whole handshake: {limits.hello:g} s",
        f"from its first byte to its last: {limits.frame_time:g} s",
        f"until it is read: {limits.stall:g} s",
        f"pinged after {limits.ping:g} s, then every {limits.ping:g} s: {3 * limits.ping:g} s",
    ):
        assert text in said
