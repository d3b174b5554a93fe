"""A forbidden name is found by whatever road it came, and nothing else is; a lawful place still needs to be one."""

from __future__ import annotations

import pytest

from app.lint.forbidden import dynamic, environment, injection, objects
from app.lint.forbidden.forbidden import Forbidden
from app.lint.rings.mentions import READERS
from tests.app.lint.judging import lines, said, said_elsewhere


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("import importlib", [1]),
        ("import importlib.util as u", [1]),
        ("from importlib import import_module as load\nload('x')", [1]),
        ("from importlib import metadata", [1]),
        ("import importlib.resources\nimportlib.import_module('x')", [2]),
        ("import importlib.resources\nx = importlib", [2]),
        ("x = __import__('json')", [1]),
        ("import builtins\nbuiltins.__import__('json')", [2]),
        ("import builtins as b\nload = b.exec", [2]),
        ("x = __builtins__", [1]),
        ("x = __spec__.loader", [1]),
        ("import sys\nx = sys.modules['a']", [2]),
        ("import sys as s\nx = s.modules", [2]),
        ("import sys\nx = getattr(sys, 'modules')", [2]),
        ("import sys\nx = vars(sys)", [2]),
        ("def f():\n    import sys\n    return sys.path", [3]),
        ("def f():\n    from sys import modules as m\n    return m", [2]),
        ("run = exec", [1]),
        ("eval('1')", [1]),
        ("import logging\nlogging.sys.modules", [2]),
        ("from modules.orders import tools\ntools.importlib.import_module('x')", [2]),
        ("from modules.orders.tools import importlib", [1]),
        ("from asyncio import sys", [1]),
        ("import asyncio\nall = asyncio.sys", [2]),
        ("import asyncio\nmine = asyncio\nmine.sys.modules", [3]),
        ("import asyncio\nasyncio.all_tasks()", [2]),
        ("from unittest.mock import patch", [1]),
        ("import logging.config", [1]),
        ("import asyncio\nasyncio.create_subprocess_exec('x')", [2]),
        ("import os\nos.execv('x', [])", [2]),
        ("import multiprocessing as m", [1]),
        ("from concurrent.futures import ProcessPoolExecutor", [1]),
        ("import concurrent.futures as c\nc.ProcessPoolExecutor()", [2]),
        ("import os\nos.environ['A']", [2]),
        ("import os.path as p\np.expanduser('~')", [2]),
        ("from pathlib import Path as P\nP.home()", [2]),
        ("with open('x'): ...", [1]),
        ("import tomllib", [1]),
        ("import sys\nsys.argv", [2]),
        ("import random\nrandom.seed(1)", [2]),
        ("from signal import signal", [1]),
        ("from sqlalchemy import event", [1]),
        ("import logging\nlogging.root.handlers", [2]),
        ("import logging\nlogging.Logger.manager", [2]),
        ("import codecs\ncodecs.register(find)", [2]),
        ("import sys\nsys.addaudithook(hear)", [2]),
        ("import os\nos.listdir('/')", [2]),
        ("import typing\ntyping.get_type_hints(f)", [2]),
        ("from contextvars import copy_context", [1]),
        ("import inspect\ninspect.getmembers(service)", [2]),
        ("import gc", [1]),
        ("from inspect import stack", [1]),
        ("import sys\nsys._getframe()", [2]),
        ("globals()['x'] = 1", [1]),
        ("object.__setattr__(x, 'a', 1)", [1]),
        ("import msgspec\nmsgspec.structs.force_setattr(x, 'a', 1)", [2]),
        ("from dependency_injector.wiring import inject", [1]),
        ("from dependency_injector import containers as c\nc.WiringConfiguration()", [2]),
        ("from dependency_injector import containers\n@containers.copy(A)\nclass B: ...", [2]),
        ("from dependency_injector.providers import Container", [1]),
        ("from dependency_injector import providers\nproviders.Resource(f)", [2]),
    ],
)
def test_a_forbidden_name_is_found(text: str, at: list[int]) -> None:
    assert lines(READERS, text) == at


@pytest.mark.parametrize(
    "text",
    [
        "from importlib.resources import files\nfiles('x')",
        "import importlib.resources\nimportlib.resources.files('x')",
        "from importlib import resources\nresources.files('x')",
        "from importlib.metadata import version",
        "import sys\nif sys.version_info >= (3, 12): ...\nsys.maxsize",
        "import os\nos.path.join('a', 'b')\nos.urandom(4)\nos.sep",
        "import re\nre.compile('x')",
        "def compile(text): ...\ncompile('x')",
        "def f(eval, vars): return eval(vars)",
        "class C:\n    def exec(self): ...\n    def f(self): self.exec()",
        "class C:\n    def f(self): return self.os.environ, self.sys.modules",
        "async def f(session): await session.exec('x')",
        "from concurrent.futures import ThreadPoolExecutor",
        "from inspect import signature, isclass",
        "from pathlib import Path\nPath(__file__).parent",
        "from dependency_injector import providers\nproviders.Singleton(A)",
        "from dependency_injector.containers import DeclarativeContainer",
        "import logging\nlogging.getLogger(__name__)",
        "site = code = trace = 1\nprint(site, code, trace)",
        "self.code = self.environ.get('x')",
        "import asyncio\nasyncio.create_task(f())",
    ],
)
def test_a_lawful_look_alike_is_not(text: str) -> None:
    assert said(READERS, text) == []


def test_the_sentence_says_who_and_how_to_mend_it() -> None:
    (only,) = said(READERS, "import os\n\nos.getenv('A')")
    assert only == (
        "3: environment: orders reads os.getenv; only app/config.py reads the environment: a setting's place is the "
        "settings class of the module's manifest, which app/config.py fills."
    )


def test_app_may_do_what_a_host_does() -> None:
    assert said(READERS, "import subprocess, sys\nopen('x')\nsys.argv\nglobals()", "app.placement.child") == []
    assert lines(READERS, "import os, importlib\nos.environ", "app.placement.child") == [1, 2]


def test_nobody_but_the_house_is_judged() -> None:
    assert said(READERS, "import importlib", "tests.builders") == []


LAWFUL = [
    (place, forbidden)
    for group in (dynamic, environment, injection, objects)
    for forbidden in group.FORBIDDEN
    for place in forbidden.lawful
]


@pytest.mark.parametrize(("place", "forbidden"), LAWFUL, ids=[f"{place}: {each.text[:40]}" for place, each in LAWFUL])
def test_a_lawful_place_is_still_one(place: str, forbidden: Forbidden) -> None:
    says = forbidden.text.partition("{name}")[2]
    assert any(says in each for each in said_elsewhere(READERS, place))
