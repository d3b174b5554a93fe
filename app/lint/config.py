""".importlinter as it is read, and what import-linter would pass over in it in silence.

A misspelt section or option would switch its rule off without a word.
"""

from __future__ import annotations

import configparser
import importlib.util
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeAlias

from importlinter import Contract, api
from importlinter.application import use_cases
from importlinter.application.user_options import UserOptions
from importlinter.domain.contract import InvalidContractOptions, NoSuchContractType, registry

from app.errors import LaunchRefused
from app.lint.problem import Problem

FILE = ".importlinter"
RULE = "configuration"

Options: TypeAlias = Mapping[str, Any]

_SESSION = {"contract_types", "include_external_packages", "root_package", "root_packages"}
_SECTION = "importlinter"
_CONTRACT = f"{_SECTION}:contract:"


class Configuration:
    """What .importlinter says: the packages to judge, the contracts that can be judged, and what is wrong with it.

    Without ``roots`` nothing can be judged.
    """

    def __init__(self, text: str) -> None:
        self.roots: list[str] = []
        self.contracts: list[tuple[Contract, Options]] = []
        self.problems: list[Problem] = []
        self._lines = text.splitlines()

    def note(self, text: str, section: str = "", *at: str) -> None:
        """Note a problem; its line is found by looking, in a section, for one text after the other."""
        lines = list(enumerate(self._lines, 1))
        start = next((n for n, line in lines if section and line.startswith(f"[{section}]")), 0)
        end = next((n for n, line in lines if n > start and line.startswith("[")), len(lines) + 1)
        found = start
        for each in at:
            found = next((n for n, line in lines if found <= n < end and each in line), found)
        self.problems.append(Problem(FILE, found, RULE, text))

    def note_in(self, contract: str, option: str, text: str, *at: str) -> None:
        """Note a problem in an option of a contract."""
        self.note(f"contract {contract}, {option}: {text}", f"{_CONTRACT}{contract}", option, *at)

    def check_sections(self, sections: Iterable[str]) -> None:
        """Report sections that import-linter does not read, or takes for something else."""
        for section in sections:
            name = section.removeprefix(_CONTRACT)
            if section != _SECTION and (name == section or not name or ":" in name):
                text = f"section [{section}] is none of this file's; write [{_CONTRACT}name], or remove it."
                self.note(text, section)

    def check_session(self, session: Options) -> None:
        """Report what is wrong in the section of all contracts; take the packages and the contract types from it."""
        for option in sorted(session.keys() - _SESSION):
            self.note(f"option {option} is not for use here; correct it or remove it.", _SECTION, option)
        if session.get("include_external_packages") != "True":
            self.note("include_external_packages must be True, for what is installed is judged too.", _SECTION)
        for package in _items(session["root_packages"]):
            if _exists(package):
                self.roots.append(package)
            else:
                text = f"root package {package} is no package that can be found; correct it or remove it."
                self.note(text, _SECTION, "root_package", package)
        for kind in _items(session.get("contract_types", [])):
            try:
                name, contract = use_cases._parse_contract_type_string(kind)
            except (AssertionError, AttributeError, ImportError, SyntaxError, TypeError, ValueError):
                text = f"contract type {kind} is no contract type; write name: package.module.Class, or remove it."
                self.note(text, _SECTION, "contract_types", kind)
            else:
                registry.register(contract, name)

    def add(self, session: Options, options: Options) -> None:
        """Take in a contract, or report why it cannot be judged."""
        name, kind = options["id"], options.get("type", "")
        told = {key: value for key, value in options.items() if key != "ignore_imports"}  # none is let through
        try:
            contract = registry.get_contract_class(kind)(options["name"], dict(session), told)
        except NoSuchContractType:
            self.note_in(name, "type", f"there is no contract type {kind or 'given'}; correct it.")
        except KeyError:
            self.note_in(name, "name", "it is missing; say in a few words what the rule is.")
        except InvalidContractOptions as error:
            for option, why in error.errors.items():
                self.note_in(name, option, f"{why.splitlines()[0].rstrip('.')}; correct it.")
        else:
            self.contracts.append((contract, options))


def read_configuration(root: Path) -> Configuration:
    """Read what is configured for the project; a launch is refused where nothing is."""
    path = root / FILE
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise LaunchRefused(f"{root} has no {FILE}: go to the project's folder, and check there.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise LaunchRefused(f"{path} cannot be read: {error}.") from None
    configuration = Configuration(text)
    sections = configparser.ConfigParser()
    try:
        sections.read_string(text, source=FILE)
        read = api.read_configuration(str(path))
    except configparser.Error as error:
        configuration.note(f"it cannot be read: {' '.join(str(error).split())}; mend it.")
        return configuration
    except (FileNotFoundError, KeyError):
        configuration.note(f"it names no packages; write root_packages in a section [{_SECTION}].")
        return configuration
    use_cases._register_contract_types(UserOptions({}, []))  # those that import-linter brings
    configuration.check_sections(sections.sections())
    configuration.check_session(read["session_options"])
    for options in read["contracts_options"]:
        configuration.add(read["session_options"], options)
    if not read["contracts_options"]:
        configuration.note(f"it holds no contract; write a section [{_CONTRACT}name].")
    return configuration


def _items(value: str | list[str]) -> list[str]:
    """Return the items of an option; import-linter reads one that is no list letter by letter."""
    return [item.strip() for item in ([value] if isinstance(value, str) else value) if item.strip()]


def _exists(package: str) -> bool:
    try:
        spec = importlib.util.find_spec(package)
        return spec is not None and spec.submodule_search_locations is not None
    except (ImportError, ValueError):
        return False
