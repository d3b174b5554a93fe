"""What lies outside of the program: variables, arguments, files that happen to be there."""

from __future__ import annotations

from app.lint.forbidden.forbidden import BUSINESS, Forbidden

RULE = "environment"

_SETTING = "a setting's place is the settings class of the module's manifest, which app/config.py fills."

FORBIDDEN = (
    Forbidden(
        rule=RULE,
        names=frozenset({
            "os.environ", "os.environb", "os.getenv", "os.getenvb", "os.putenv", "os.unsetenv",
            "os.path.expandvars", "os.path.expanduser", "posixpath.expandvars", "posixpath.expanduser",
            "posix.environ", "pathlib.Path.home", "dotenv", "decouple", "environ", "environs", "pydantic_settings",
            "starlette.config", "platformdirs", "appdirs",
        }),
        text="{who} reads {name}; only app/config.py reads the environment: " + _SETTING,
        lawful={"app.config": "reads all settings, once, at the top"},
    ),
    Forbidden(
        rule=RULE,
        names=frozenset({"sys.argv", "sys.orig_argv", "argparse", "getopt", "fileinput"}),
        packages=BUSINESS,
        text="{who} reads the command line with {name}: it belongs to the host; " + _SETTING,
    ),
    Forbidden(
        rule=RULE,
        names=frozenset({"tomllib", "tomli", "tomlkit", "configparser"}),
        packages=BUSINESS,
        text="{who} reads settings with {name}; " + _SETTING,
    ),
    Forbidden(
        rule=RULE,
        names=frozenset({
            "builtins.open", "io.open", "io.open_code", "io.FileIO", "os.open", "codecs.open", "pathlib.Path.cwd",
            "os.getcwd", "os.chdir", "os.fdopen", "os.listdir", "os.scandir", "os.walk", "tempfile", "glob",
            "linecache", "mmap", "shutil",
        }),
        packages=BUSINESS,
        text="{who} opens files by itself with {name}; read what the module ships below Path(__file__).parent, "
        "and keep everything else in its database.",
    ),
    Forbidden(
        rule=RULE,
        names=frozenset({
            "asyncio.set_event_loop", "asyncio.set_event_loop_policy", "atexit", "codecs.register",
            "codecs.register_error", "copyreg", "decimal.getcontext", "decimal.setcontext", "faulthandler",
            "locale.setlocale", "logging.Logger.manager", "logging.addLevelName", "logging.basicConfig",
            "logging.disable", "logging.root", "logging.setLogRecordFactory", "logging.setLoggerClass", "os._exit",
            "os.abort", "os.kill", "os.killpg", "os.nice", "os.umask", "random.seed", "signal",
            "socket.setdefaulttimeout", "sqlalchemy.event", "sys.addaudithook", "sys.exit", "sys.setrecursionlimit",
            "sys.setswitchinterval", "time.tzset", "warnings.filterwarnings", "warnings.simplefilter",
        }),
        packages=BUSINESS,
        text="{who} uses {name}, which changes the process under all modules in it; leave that to the host.",
    ),
)  # fmt: skip
