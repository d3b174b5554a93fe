"""The probe sees what a module does, and says where; planted beside the store's own as an installed wheel would be."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from app.lint.alone.samples import Samples
from app.lint.probe import main
from tests.serving import environment

REACHING = """
    import asyncio
    import importlib
    import threading
    from collections.abc import AsyncIterator
    from typing import Protocol, final

    from dependency_injector import providers
    from dependency_injector.containers import DeclarativeContainer

    from contracts.cart import Carts
    from contracts.kit import Module, Unavailable, contract, query, stream


    @contract(version=1)
    class Hermit(Protocol):
        @query()
        async def other(self) -> None: ...
        @query()
        async def host(self) -> None: ...
        @query()
        async def host_by_name(self) -> None: ...
        @query()
        async def tests(self) -> None: ...
        @query()
        async def tools(self) -> None: ...
        @query()
        async def without(self) -> int: ...
        @query()
        async def leave(self) -> None: ...
        @query()
        async def mutable(self) -> tuple[int, ...]: ...
        @stream()
        def flow(self) -> AsyncIterator[int]: ...


    left = []


    @final
    class Reaching(Hermit):
        def __init__(self, carts: Carts) -> None:
            self._carts = carts

        async def other(self) -> None:
            try:
                from modules import cart  # 1
            except ImportError:
                return

        async def host(self) -> None:
            try:
                from app.config import load  # 2
            except ImportError:
                return

        async def host_by_name(self) -> None:
            try:
                importlib.import_module("app.config")  # 3
            except ImportError:
                return

        async def tests(self) -> None:
            try:
                __import__("tests.builders")  # 4
            except ImportError:
                return

        async def tools(self) -> None:
            try:
                import hypothesis  # 5
            except ImportError:
                return

        async def without(self) -> int:
            try:
                return len((await self._carts.get_cart(None)).lines)
            except Unavailable:
                return {}["no carts"]  # 6

        async def leave(self) -> None:
            if not left:
                open(__file__)  # 8
                left.append(asyncio.create_task(asyncio.sleep(60), name="forgotten"))
                threading.Thread(target=threading.Event().wait, name="lost", daemon=True).start()

        async def mutable(self) -> tuple[int, ...]:
            return [1]

        async def flow(self) -> AsyncIterator[int]:
            yield 1
            raise KeyError("flow")  # 7


    class Container(DeclarativeContainer):
        carts = providers.Dependency(instance_of=Carts)
        service = providers.Singleton(Reaching, carts)


    module = Module(name="hermit", container=Container, provides=(Hermit,), optional=(Carts,))
"""
WANTING = """
    from typing import ClassVar, Protocol, final

    from dependency_injector import providers
    from dependency_injector.containers import DeclarativeContainer

    from contracts.cart import Carts
    from contracts.catalog import Catalog
    from contracts.kit import Database, Event, Module, contract, query


    class Hurt(Event):
        code: ClassVar[str] = "wanting.hurt"
        key: ClassVar[str] = "what"
        what: str


    async def on_hurt(event, work):
        work.heal(event)  # 1


    async def see_to_carts(container):
        await container.carts().get_cart(None)  # 2


    async def see_to_goods(container):
        await container.catalog().get_products(())  # it may wait for what it cannot do without


    async def web(scope, receive, send):
        await send({"type": "http.response.start", "status": 500, "headers": []})


    class Container(DeclarativeContainer):
        database = providers.Dependency(instance_of=Database)
        carts = providers.Dependency(instance_of=Carts)
        catalog = providers.Dependency(instance_of=Catalog)


    module = Module(
        name="wanting",
        container=Container,
        optional=(Carts,),
        listens={Hurt: on_hurt},
        background=(see_to_carts, see_to_goods),
        web=lambda container: web,
    )
"""
FAILING = "from modules.cart.module import module  # 1\n"


def probe(folder: Path, name: str, source: str, samples: Samples | None = None) -> tuple[int, list[str]]:
    """Plant a module, run the probe on it, and return its exit code and its sentences."""
    package = folder / "modules" / name
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "module.py").write_text(dedent(source))
    (samples or Samples()).write(folder / "samples")
    done = subprocess.run(
        (sys.executable, "-m", "app.lint.probe", name, "--arguments", "samples"),
        cwd=folder,
        env=environment(folder / "data") | {"PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stderr == ""
    return done.returncode, done.stdout.splitlines()


def places(name: str, source: str) -> dict[str, str]:
    """Return how a sentence about each marked line of a planted module begins."""
    lines = enumerate(dedent(source).splitlines(), 1)
    return {line[-1]: f"modules/{name}/module.py:{number}: alone: " for number, line in lines if "  # " in line}


def test_whatever_a_module_reaches_for_and_leaves_behind_is_said_with_its_line(tmp_path: Path) -> None:
    code, said = probe(tmp_path, "hermit", REACHING)
    lines = {
        line.rpartition("# ")[2]: number for number, line in enumerate(dedent(REACHING).splitlines(), 1) if "# " in line
    }
    place = {mark: f"modules/hermit/module.py:{number}: alone: " for mark, number in lines.items()}
    wanted = {
        place["1"] + "hermit reaches for modules.cart; ask the contract of cart for it",
        place["2"] + "hermit reaches for app.config; what a module needs of its host is a port",
        place["3"] + "hermit reaches for app.config; what a module needs of its host is a port",
        place["4"] + "hermit reaches for tests.builders, which is there only where tests run",
        place["5"] + "hermit reaches for hypothesis, which is there only where tests run",
        place["6"] + "hermit.without fails while what hermit needs is away; do without, or declare an error",
        place["7"] + "hermit.flow fails while what hermit needs is away; do without, or declare an error",
        "modules/hermit: alone: message guard: hermit.mutable returns a list where its contract says tuple[int, ...]; ",
        place["8"] + "hermit leaves something open (ResourceWarning: unclosed file",
        "modules/hermit: alone: hermit leaves the task forgotten behind",
        "modules/hermit: alone: hermit leaves the thread lost behind",
    }
    assert code == 1
    unsaid = {each for each in wanted if not any(line.startswith(each) for line in said)}
    assert not unsaid, "\n".join(said)
    assert len(said) == len(wanted), "\n".join(said)


def test_what_a_module_does_by_itself_is_tried_as_well(tmp_path: Path) -> None:
    code, said = probe(tmp_path, "wanting", WANTING, Samples(events={"wanting.hurt": (b'{"what": "a"}',)}))
    place = places("wanting", WANTING)
    assert code == 1
    assert len(said) == 3, "\n".join(said)
    assert said[0] == "modules/wanting: alone: GET / answers 500."
    assert said[1].startswith(place["1"] + "the handler of wanting.hurt failed (AttributeError: ")
    assert said[2].startswith(place["2"] + "wanting: see_to_carts failed; it starts again (Unavailable: ")


def test_a_module_that_imports_another_at_once_does_not_even_begin(tmp_path: Path) -> None:
    code, said = probe(tmp_path, "clinging", FAILING)
    assert code == 1
    assert said[0].startswith("modules/clinging/module.py:1: alone: clinging reaches for modules.cart")
    assert said[1].startswith("modules/clinging: alone: module clinging could not be imported: ModuleNotFoundError")


def test_nor_does_one_that_cannot_be_built_without_what_it_may_lack(tmp_path: Path) -> None:
    built = "self._carts = carts\n"
    code, said = probe(tmp_path, "hermit", REACHING.replace(built, f"{built}            assert len(carts)\n", 1))
    assert code == 1
    (only,) = said
    assert re.match(r"modules/hermit/module\.py:\d+: alone: module hermit could not be started: TypeError", only)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["nobody"], r"nobody: there is no such module; there are accounts, .*\."),
        (["cart", "--arguments", "nothing"], r"cart: .*No such file.*"),
        (["cart", "--arguments", "damaged"], r"cart: .*"),
    ],
)
def test_what_it_cannot_look_at_is_said_in_a_sentence(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    told: str,
) -> None:
    (tmp_path / "damaged").write_text("{")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["probe", *arguments])
    assert main() == 2
    assert re.fullmatch(f"The probe cannot look at {told}\n", capsys.readouterr().err)
