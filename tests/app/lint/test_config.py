"""Whatever is wrong with .importlinter is one sentence: nothing in it is passed over in silence."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.errors import LaunchRefused
from app.lint.config import read_configuration
from app.lint.graph import build_graph
from app.lint.patterns import check_patterns

LAWFUL = """\
[importlinter]
root_packages =
    contracts
include_external_packages = True
contract_types =
    pure: app.lint.contract_types.pure.PureContract

[importlinter:contract:kit]
name = The kit comes first
type = layers
containers =
    contracts
layers =
    orders : cart
    (kit)

[importlinter:contract:no-io]
name = Contracts open no socket
type = forbidden
source_modules =
    contracts
forbidden_modules =
    socket
"""


def said(folder: Path, text: str) -> list[str]:
    """Return what is wrong with the configuration, its patterns included."""
    (folder / ".importlinter").write_text(text)
    configuration = read_configuration(folder)
    if configuration.roots:
        graph = build_graph(configuration, folder)
        assert graph is not None
        check_patterns(configuration, graph)
    return [str(problem) for problem in configuration.problems]


def test_nothing_is_wrong_with_a_lawful_one(tmp_path: Path) -> None:
    assert said(tmp_path, LAWFUL) == []


@pytest.mark.parametrize(
    ("before", "after", "at", "text"),
    [
        ("[importlinter:contract:kit]", "[importlinter:contrct:kit]", 8, "section [importlinter:contrct:kit] is none"),
        ("[importlinter:contract:kit]", "[import-linter:contract:kit]", 8, "section [import-linter:contract:kit] "),
        ("[importlinter:contract:kit]", "[importlinter:contract:]", 8, "section [importlinter:contract:] is none"),
        ("include_external_packages", "include_externals", 4, "option include_externals is not for use here;"),
        ("= True", "= False", 1, "include_external_packages must be True"),
        ("True", "True\nexclude_type_checking_imports = True", 5, "option exclude_type_checking_imports is not"),
        ("    contracts\ninclude", "    contracts\n    contrcts\ninclude", 4, "root package contrcts is no package"),
        ("    contracts\ninclude", "    contracts\n    six.py.x\ninclude", 4, "root package six.py.x is no package"),
        ("pure: app.lint.contract_types", "pure: app.lint.contrct_types", 6, "contract type pure: app.lint.contrct_"),
        ("PureContract", "PurContract", 6, "contract type pure: app.lint.contract_types.pure.PurContract is no "),
        ("pure: app.lint.contract_types.pure.PureContract", "pure", 6, "contract type pure is no contract type"),
        ("app.lint.contract_types.pure.PureContract", "pathlib.Path", 6, "contract type pure: pathlib.Path is no"),
        ("type = layers", "type = layrs", 10, "contract kit, type: there is no contract type layrs; correct it."),
        ("type = layers\n", "", 8, "contract kit, type: there is no contract type given; correct it."),
        ("name = The kit comes first\n", "", 8, "contract kit, name: it is missing; say in a few words what"),
        ("containers", "container", 11, "contract kit, container: Unrecognized option. Did you mean 'containers'?"),
        ("source_modules =\n    contracts\n", "", 17, "contract no-io, source_modules: This is a required field;"),
        ("(kit)", "(kid)", 15, "contract kit, layers: kid matches nothing, so this part of the rule judges nothing;"),
        ("orders : cart", "orders : card", 14, "contract kit, layers: card matches nothing, so this part of"),
        ("    contracts\nlayers", "    contracts.*.x\nlayers", 12, "contract kit, containers: contracts.*.x matches"),
        ("    socket", "    sockets", 23, "contract no-io, forbidden_modules: sockets matches nothing"),
        ("    socket", "", 22, "contract no-io, forbidden_modules: it is empty, so the rule judges nothing;"),
        ("    socket", "    socket\nignore_imports =\n    a -> b", 24, "contract no-io, ignore_imports: no import is"),
    ],
)  # fmt: skip
def test_whatever_would_pass_in_silence_is_said(tmp_path: Path, before: str, after: str, at: int, text: str) -> None:
    assert before in LAWFUL
    assert [line for line in said(tmp_path, LAWFUL.replace(before, after)) if line.startswith(place(at, text))]


def place(line: int, text: str) -> str:
    return f".importlinter:{line}: configuration: {text}"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[importlinter", "it cannot be read: File contains no section headers."),
        ("[importlinter]\nx\n", "it cannot be read: Source contains parsing errors: '.importlinter' [line 2]:"),
        (LAWFUL + LAWFUL, "it cannot be read: While reading from '.importlinter' [line 24]: section 'importlinter'"),
        (LAWFUL.replace("Contracts open", "Contracts % open"), "it cannot be read: '%' must be followed by"),
        ("", "it names no packages; write root_packages in a section [importlinter]."),
        ("[importlinter]\nroot = contracts", "it names no packages; write root_packages in a section [importlinter]."),
        (LAWFUL.partition("[importlinter:")[0], "it holds no contract; write a section [importlinter:contract:name]."),
    ],
)
def test_one_that_cannot_be_read_is_one_sentence(tmp_path: Path, text: str, says: str) -> None:
    (problem,) = said(tmp_path, text)
    assert problem.startswith(f".importlinter: configuration: {says}")


def test_where_there_is_none_nothing_can_be_checked(tmp_path: Path) -> None:
    with pytest.raises(LaunchRefused, match=r"has no \.importlinter: go to the project's folder, and check there\."):
        read_configuration(tmp_path)
    (tmp_path / ".importlinter").write_bytes(b"\xff")
    with pytest.raises(LaunchRefused, match="cannot be read"):
        read_configuration(tmp_path)
