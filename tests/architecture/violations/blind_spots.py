"""Ways round the import graph: what is imported, injected, reached or put somewhere without an import that says so."""

from __future__ import annotations

from tests.architecture.violations import Violation

_MODULE = {"modules/planted_spots/__init__.py": "", "modules/planted_spots/container/__init__.py": ""}


def _line(rule: str, name: str, source: str, says: str, number: int = 1) -> Violation:
    """Plant a file of a module, of which one line is at fault."""
    file = f"modules/planted_spots/{name}.py"
    return Violation(rule, {**_MODULE, file: source}, f"{file}:{number}", says)


def _container(name: str, source: str, says: str, number: int = 2) -> Violation:
    """Plant a file of a module's container, of which one line is at fault."""
    return _line("string-provider", f"container/{name}", source, says, number)


_DYNAMIC = (
    _line("dynamic-import", "importlib", "import importlib as il", "planted_spots uses importlib"),
    _line("dynamic-import", "load", "from importlib import import_module as load", "uses importlib.import_module"),
    _line("dynamic-import", "dunder", "CATALOG = __import__('json')", "uses __import__"),
    _line("dynamic-import", "magic", "_load = __builtins__['__import__']", "uses __builtins__"),
    _line("dynamic-import", "getattr", "import sys\n\nFOUND = getattr(sys, 'mod' + 'ules')", "the whole of sys", 3),
    _line("dynamic-import", "modules", "import sys\n\nFOUND = tuple(sys.modules)", "uses sys.modules", 3),
    _line("dynamic-import", "path", "import sys\n\nsys.path.append('elsewhere')", "uses sys.path.append", 3),
    _line("dynamic-import", "exec", "def run(text: str) -> None:\n    exec(text)", "uses exec: text that is run", 2),
    _line("dynamic-import", "runpy", "import runpy", "uses runpy"),
    _line("dynamic-import", "pickle", "from pickle import loads", "uses pickle.loads, which imports"),
    _line("dynamic-import", "entry", "from importlib.metadata import entry_points", "importlib.metadata.entry_points"),
    _line("dynamic-import", "process", "import subprocess", "uses subprocess: what another process imports"),
    _line("dynamic-import", "borrowed", "import asyncio\n\nFOUND = tuple(asyncio.sys.modules)", "uses sys.modules", 3),
    _line("dynamic-import", "hints", "from typing import get_type_hints", "runs what stands in annotations"),
    _line("dynamic-import", "string", "OWNER = 'modules.catalog.service'", "by the text 'modules.catalog.service'"),
    Violation(
        "dynamic-import",
        {"contracts/planted_dynamic.py": "import pkgutil"},
        "contracts/planted_dynamic.py:1",
        "contracts.planted_dynamic uses pkgutil",
    ),
    Violation(
        "dynamic-import",
        {"app/telemetry/planted_dynamic.py": "import unittest.mock"},
        "app/telemetry/planted_dynamic.py:1",
        "which imports what strings name",
    ),
)

_INJECTION = (
    _container(
        "provider",
        "from dependency_injector import providers\nservice = providers.Singleton('modules.catalog.service.Service')",
        "gives providers.Singleton the text",
    ),
    _container(
        "instance_of",
        "from dependency_injector.providers import Dependency\ncatalog = Dependency(instance_of='Catalog')",
        "gives providers.Dependency the text 'Catalog'",
    ),
    _container(
        "default",
        "from dependency_injector import providers\nclock = providers.Dependency(object, default=providers.Object(1))",
        "declares a need with a default",
    ),
    _container(
        "joined",
        "from dependency_injector import providers\nservice = providers.Factory('.'.join(('modules', 'x')))",
        "gives providers.Factory the text",
    ),
    _container(
        "of_nothing", "from dependency_injector import providers\ncatalog = providers.Dependency()", "not say of what"
    ),
    _container("inject", "from dependency_injector.wiring import Provide, inject", "wiring hands a function", 1),
    _container(
        "nested", "from dependency_injector import providers\ninner = providers.Container(dict)", "one container"
    ),
    _container(
        "resource", "from dependency_injector import providers\npool = providers.Resource(dict)", "a container opens"
    ),
    _line(
        "string-provider",
        "override",
        "def seed(container: object) -> None:\n    container.database.override(None)  # type: ignore",
        "calls .override(…): a container is not changed",
        2,
    ),
)

_FILES = (
    Violation(
        "unseen-file",
        {**_MODULE, "modules/planted_spots/hidden/work.py": "import re"},
        "modules/planted_spots/hidden/work.py",
        "put an __init__.py into modules/planted_spots/hidden",
    ),
    Violation(
        "unseen-file",
        {**_MODULE, "modules/planted_spots/work.v2.py": "import re"},
        "modules/planted_spots/work.v2.py",
        "take the dot out of its name",
    ),
    Violation(
        "unseen-file",
        {**_MODULE, "modules/planted_spots/2nd.py": "import re"},
        "modules/planted_spots/2nd.py",
        "no import can name",
    ),
    Violation(
        "compiled-file",
        {**_MODULE, "modules/planted_spots/fast.pyd": ""},
        "modules/planted_spots/fast.pyd",
        "hides code that no rule can read",
    ),
    Violation("unlisted-package", {"extras/prices.py": "PRICE = 1"}, "extras", "extras holds Python that no rule"),
    Violation(
        "unlisted-package",
        {"docs/planted_shared.py": "PRICE = 1", "app/telemetry/planted_docs.py": "import docs.planted_shared"},
        "app/telemetry/planted_docs.py:1",
        "imports docs, which lies beside the packages",
    ),
    Violation("unlisted-package", {"repairs.py": "PRICE = 1"}, "repairs.py", "repairs.py holds Python that no rule"),
)

_REACH = (
    _line(
        "lazy-reach",
        "hook",
        "def __getattr__(name: str) -> object:\n    raise AttributeError(name)",
        "defines __getattr__ for a file",
    ),
    _line("lazy-reach", "star", "from contracts.values import *", "imports everything from contracts.values"),
    _line(
        "lazy-reach",
        "namespace",
        "import contracts\n\n\ndef kind() -> object:\n    return contracts.values.Money",
        "reaches contracts.values through contracts",
        5,
    ),
    Violation(
        "lazy-reach",
        {
            **_MODULE,
            "modules/planted_spots/tools.py": "from re import compile as made",
            "modules/planted_spots/taken.py": "from modules.planted_spots.tools import made",
        },
        "modules/planted_spots/taken.py:1",
        "takes made from modules.planted_spots.tools, which only imports it",
    ),
    _line(
        "monkeypatch",
        "patch",
        "import json\n\n\ndef patch() -> None:\n    json.dumps = repr",
        "changes json.dumps",
        5,
    ),
    _line(
        "monkeypatch",
        "setattr",
        "from contracts.values import Money\n\nsetattr(Money, 'amount', 1)",
        "a part of contracts.values.Money",
        3,
    ),
)

_ENVIRONMENT = (
    _line("environment", "environ", "from os import environ as world", "reads os.environ; only app/config.py"),
    _line("environment", "getenv", "import os\n\nKEY = os.getenv('KEY')", "reads os.getenv", 3),
    _line("environment", "home", "from pathlib import Path\n\nHOME = Path.home()", "reads pathlib.Path.home", 3),
    _line("environment", "arguments", "import sys\n\nNAME = sys.argv[0]", "reads the command line with sys.argv", 3),
    _line("environment", "seed", "import random\n\nrandom.seed(1)", "which changes the process under all modules", 3),
    _line("environment", "toml", "import tomllib", "reads settings with tomllib"),
    _line(
        "environment",
        "file",
        "from pathlib import Path\n\nTEXT = Path('freestone.toml').read_text()",
        "reads what happens to lie at Path('freestone.toml')",
        3,
    ),
    _line(
        "environment",
        "neighbour",
        "from pathlib import Path\n\nTEXT = (Path(__file__).parent.parent / 'catalog' / 'x.txt').read_text()",
        "looks for files at Path(__file__).parent.parent",
        3,
    ),
    _line(
        "environment",
        "parts",
        "import importlib.resources\n\nFILES = importlib.resources.files('modules')",
        "looks for files at importlib.resources.files('modules')",
        3,
    ),
    _line("environment", "listeners", "from sqlalchemy import event as on", "uses sqlalchemy.event, which changes"),
    Violation(
        "environment",
        {"app/telemetry/planted_environment.py": "import os\n\nLEVEL = os.environ.get('LEVEL')"},
        "app/telemetry/planted_environment.py:3",
        "reads os.environ.get",
    ),
)

_OBJECTS = (
    _line("object-graph", "gc", "import gc", "uses gc to reach objects"),
    _line(
        "object-graph",
        "put_together",
        "def target(catalog: object) -> object:\n    return getattr(catalog, '_' + 'target')",
        "takes the private _target of something else",
        2,
    ),
    _line(
        "object-graph",
        "format",
        "def target(catalog: object) -> str:\n    return '{0._target}'.format(catalog)",
        "takes the private _target of something else",
        2,
    ),
    _line("object-graph", "variables", "from contextvars import copy_context", "uses contextvars.copy_context"),
    _line("object-graph", "frame", "import sys\n\nFRAME = sys._getframe(1)", "uses sys._getframe", 3),
    _line(
        "object-graph",
        "subclasses",
        "def all_classes() -> object:\n    return object.__subclasses__()",
        "walks along __subclasses__",
        2,
    ),
    _line(
        "object-graph",
        "globals",
        "def behind(function: object) -> object:\n    return getattr(function, '__globals__')",
        "walks along __globals__",
        2,
    ),
    _line(
        "object-graph",
        "private",
        "def target(catalog: object) -> object:\n    return catalog._target  # type: ignore",
        "takes the private _target of something else",
        2,
    ),
    _line(
        "object-graph",
        "frozen",
        "def change(message: object) -> None:\n    object.__setattr__(message, 'amount', 1)",
        "on what was declared not to change",
        2,
    ),
)

VIOLATIONS = (*_DYNAMIC, *_INJECTION, *_FILES, *_REACH, *_ENVIRONMENT, *_OBJECTS)
