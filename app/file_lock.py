"""Locks on files, kept by the kernel for as long as the process lives that took them, and no longer."""

from __future__ import annotations

import errno
import fcntl
import os
from pathlib import Path

_TAKEN = (errno.EWOULDBLOCK, errno.EACCES)


def open_lock(path: Path) -> int:
    """Open a lock's file, for its owner alone; it is made where it is missing, and never come to by a link."""
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)


def try_lock(lock: int, *, shared: bool = False) -> bool:
    """Lock an open file if that is possible at once; closing it lets go. Raises OSError where it has no locks."""
    try:
        fcntl.flock(lock, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in _TAKEN:
            return False
        raise
    return True


def sign(lock: int) -> None:
    """Write into a lock's file that this process has it."""
    os.ftruncate(lock, 0)
    os.pwrite(lock, b"%d\n" % os.getpid(), 0)


def signed(lock: int) -> int | None:
    """Return the process that has a lock, or had it last; None where none has said so."""
    written = os.pread(lock, 20, 0).strip()
    return int(written) if written.isdigit() else None
