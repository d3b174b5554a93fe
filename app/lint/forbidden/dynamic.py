"""Ways to import, or to run text, that leave no edge in the import graph."""

from __future__ import annotations

from app.lint.forbidden.forbidden import BUSINESS, Forbidden

RULE = "dynamic-import"

_LINTER = {"app.lint": "looks at packages and files as Python finds them, and reads many of them in processes"}

FORBIDDEN = (
    Forbidden(
        rule=RULE,
        names=frozenset({
            "importlib", "_frozen_importlib", "_frozen_importlib_external", "_imp", "imp", "pkgutil", "pydoc", "runpy",
            "zipimport", "site", "builtins.__import__", "__builtins__", "__loader__", "__spec__",
            "pkg_resources", "stevedore", "pluggy",
        }),
        but=frozenset({
            "importlib.resources", "importlib.metadata.version", "importlib.metadata.PackageNotFoundError",
        }),
        text="{who} uses {name}: nothing sees an import made at run time; write an import, or ask for a contract "
        "in the container.",
        lawful={
            **_LINTER,
            "app.wiring": "finds the modules, and is the one importer of them",
            "app.evolution.declared": "imports the contracts that the tree holds, to read their shapes",
            "app.data.migrations": "runs the steps of a module's history, whose file names begin with digits",
        },
    ),
    Forbidden(
        rule=RULE,
        names=frozenset({
            "sys.modules", "sys.path", "sys.meta_path", "sys.path_hooks", "sys.path_importer_cache",
        }),
        text="{who} uses {name}: through it any module can be reached or put in another's place; write an import, "
        "or ask for a contract in the container.",
        lawful=_LINTER,
    ),
    Forbidden(
        rule=RULE,
        names=frozenset({"sys", "os", "builtins"}),
        exact=True,
        text="{who} hands the whole of {name} on, so that nothing sees what is taken from it; "
        "name what is used: {name}.….",
    ),
    Forbidden(
        rule=RULE,
        names=frozenset({"builtins.exec", "builtins.eval", "builtins.compile", "code", "codeop"}),
        text="{who} uses {name}: text that is run can import anything; write it as code.",
        lawful={
            "app.runtime.pipeline": "compiles each operation's pipeline from text that it makes itself",
            "app.runtime.message_guard": "makes one check a type of message, from field names that it checked",
            "app.wire.codec": "makes one function an operation, from parameters whose names it checked",
            "app.wire.remote": "makes one function an operation, from parameters whose names it checked",
        },
    ),
    Forbidden(
        rule=RULE,
        names=frozenset({"typing.ForwardRef", "typing.evaluate_forward_ref", "typing.get_type_hints"}),
        packages=BUSINESS,
        text="{who} uses {name}, which runs what stands in annotations; name the types themselves.",
        lawful={"contracts.kit": "reads the types of operations and messages as their classes are made"},
    ),
    Forbidden(
        rule=RULE,
        names=frozenset({"bdb", "cProfile", "doctest", "pdb", "profile", "timeit", "trace", "builtins.breakpoint"}),
        text="{who} uses {name}, which runs text; keep measuring and debugging out of what is delivered.",
    ),
    Forbidden(
        rule=RULE,
        names=frozenset({
            "pickle", "_pickle", "cPickle", "cloudpickle", "dill", "joblib", "jsonpickle", "marshal", "shelve",
        }),
        text="{who} uses {name}, which imports whatever the data names; use msgspec.",
    ),
    Forbidden(
        rule=RULE,
        names=frozenset({"unittest", "mock", "logging.config"}),
        text="{who} uses {name}, which imports what strings name; hand the object itself in.",
    ),
    Forbidden(
        rule=RULE,
        names=frozenset({"jinja2.ModuleLoader", "sqlalchemy.util.langhelpers", "alembic.util"}),
        packages=BUSINESS,
        text="{who} uses {name}, which imports what strings name; hand the object itself in.",
    ),
    Forbidden(
        rule=RULE,
        names=frozenset({
            "subprocess", "multiprocessing", "_posixsubprocess", "pty", "concurrent.futures.ProcessPoolExecutor",
            "concurrent.futures.process", "asyncio.subprocess", "asyncio.create_subprocess_exec",
            "asyncio.create_subprocess_shell", "os.system", "os.popen", "os.fork", "os.forkpty",
            "os.posix_spawn", "os.posix_spawnp",
            *(f"os.exec{how}" for how in ("l", "le", "lp", "lpe", "v", "ve", "vp", "vpe")),
            *(f"os.spawn{how}" for how in ("l", "le", "lp", "lpe", "v", "ve", "vp", "vpe")),
        }),
        packages=BUSINESS,
        text="{who} uses {name}: what another process imports is judged by nothing; run blocking work through the "
        "port Blocking.",
    ),
)  # fmt: skip
