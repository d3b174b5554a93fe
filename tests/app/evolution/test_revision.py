"""The lock of another revision comes from git; whatever is wrong there is one sentence."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from app.evolution.lock import PATH, LockProblem
from app.evolution.revision import lock_at

AUTHOR = ("-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project in a folder of a repository, whose second revision brings the lock."""
    repository = tmp_path_factory.mktemp("repository")
    project = repository / "shop"
    (project / "contracts").mkdir(parents=True)
    git(repository, "init", "--quiet")
    git(repository, *AUTHOR, "commit", "--quiet", "--allow-empty", "--message", "first")
    (project / PATH).write_text("locked")
    git(repository, "add", ".")
    git(repository, *AUTHOR, "commit", "--quiet", "--message", "second")
    (project / PATH).write_text("changed since")
    return project


def git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=folder, check=True)


def test_it_is_read_as_it_was(project: Path) -> None:
    assert lock_at("HEAD", project) == b"locked"


@pytest.mark.parametrize(
    ("revision", "says"),
    [
        ("HEAD~1", f"At HEAD~1 there is no {PATH}; name a later revision."),
        ("nowhere", "'nowhere' is neither a file nor a revision of this repository; correct it."),
        ("--help", "'--help' is neither a file nor a revision of this repository; correct it."),
        ("HEAD:shop", "'HEAD:shop' is neither a file nor a revision of this repository; correct it."),
        ("", "'' is neither a file nor a revision of this repository; correct it."),
    ],
)
def test_a_revision_without_one(project: Path, revision: str, says: str) -> None:
    with pytest.raises(LockProblem) as refused:
        lock_at(revision, project)
    assert str(refused.value) == says


def test_outside_of_a_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    with pytest.raises(LockProblem, match="is in no git repository, so it has no 'HEAD'; name a lock file instead"):
        lock_at("HEAD", tmp_path)


def test_without_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(LockProblem, match=r"git cannot be run .*; install it, or name a lock file"):
        lock_at("HEAD", tmp_path)
