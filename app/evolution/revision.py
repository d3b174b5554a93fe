"""The lock as it was in a revision of the project's git history."""

from __future__ import annotations

import subprocess
from pathlib import Path

from app.evolution.lock import PATH, LockProblem


def lock_at(revision: str, root: Path) -> bytes:
    """Return the lock's text at a revision: a commit, a branch, a tag."""
    if _git(root, "rev-parse", "--git-dir") is None:
        raise LockProblem(f"{root} is in no git repository, so it has no {revision!r}; name a lock file instead.")
    commit = _git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    if commit is None:
        raise LockProblem(f"{revision!r} is neither a file nor a revision of this repository; correct it.")
    text = _git(root, "show", f"{commit.decode().strip()}:./{PATH}")
    if text is None:
        raise LockProblem(f"At {revision} there is no {PATH}; name a later revision.")
    return text


def _git(root: Path, *arguments: str) -> bytes | None:
    """Run git; return what it prints, None where it refuses."""
    try:
        done = subprocess.run(["git", *arguments], cwd=root, capture_output=True, check=False)  # noqa: S607 - the user's git
    except OSError as error:
        raise LockProblem(f"git cannot be run ({error.strerror}); install it, or name a lock file.") from None
    return done.stdout if done.returncode == 0 else None
