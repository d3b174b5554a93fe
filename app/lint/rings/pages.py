"""Ring: docs/architecture says what the code says, and there is code to ask, since every module imports.

The only ring that runs what the modules' files say.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from app.architecture.finding import Failure, find
from app.architecture.folder import FOLDER, differences
from app.architecture.house import House, make_house
from app.architecture.pages import pages
from app.errors import LaunchRefused
from app.lint.packages import packages_of
from app.lint.problem import Problem
from app.lint.reader import Reader
from app.lint.rings.tables import tables_by_module
from app.lint.world import World
from app.runtime.plan import make_plan

READERS: tuple[type[Reader], ...] = ()


def judge(world: World) -> Iterator[Problem]:
    """Compare the pages with the modules, where all of those can be imported."""
    house, problems = enter(world)
    yield from problems
    if not problems:
        mend = "run `freestone architecture --write` and look at what changes."
        for each in differences(world.root / FOLDER, pages(house)):
            file = (FOLDER / each.page).as_posix()
            yield Problem(file, each.line, "architecture-pages", f"the page {each.what}; {mend}")


def enter(world: World) -> tuple[House, list[Problem]]:
    """Import the modules, and return them with why they are not all there, or do not fit together."""
    parts, failures = find()
    problems = list(_unimportable(failures, world))
    if not problems:
        try:
            make_plan(parts)
        except LaunchRefused as refusal:
            problems.append(Problem("modules", 0, "unlaunchable", str(refusal)))
    return make_house(parts, tables_by_module(world), {each.name: packages_of(each.name) for each in parts}), problems


def _unimportable(failures: Iterable[Failure], world: World) -> Iterator[Problem]:
    """Yield one problem for each module that has a manifest, and one for all that have none."""
    bare = []
    for failure in failures:
        name = failure.part.name
        manifest = world.sources.get(f"modules.{name}.module")
        if manifest is None:
            bare.append(name)
            continue
        file, line = _innermost(failure, world) or (manifest.file, 0)
        yield Problem(file, line, "unimportable", f"{failure.why}; mend it: until then nothing of {name} can run.")
    if bare:
        mend = "give each a manifest, or remove its folder."
        yield Problem("modules", 0, "no-manifest", f"there is no module.py in {', '.join(bare)}; {mend}")


def _innermost(failure: Failure, world: World) -> tuple[str, int] | None:
    """Return the innermost line of a module, or of a contract: there the mend belongs, not in what they use."""
    files = {source.path: source for source in world.sources.values() if source.package in ("contracts", "modules")}
    for path, line in reversed(failure.frames):
        source = files.get(path)
        if source is not None and not source.name.startswith("contracts.kit"):
            return source.file, line
    return None
