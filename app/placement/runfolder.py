"""Where the sockets of this machine's hosts lie, and whose turn it is to be which replica."""

from __future__ import annotations

import hashlib
import os
import re
import stat
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from app.errors import LaunchRefused
from app.file_lock import open_lock, sign, signed, try_lock
from app.placement.topology import NAME_SIZE

SOCKET_PATH = 100
"""Bytes of a Unix socket's path that every system takes (Linux has room for 107, others for 103)."""
MOST_REPLICAS = 999
TRIES = 4
_LONGEST = NAME_SIZE + len(f".{MOST_REPLICAS}.http.sock")
TEMPORARY = Path("/tmp")  # noqa: S108 - every process must come to the same path, and what lies there is checked


class RunFolder:
    """The folder of a data folder's sockets, for its owner alone; nothing is made before something is claimed.

    It is ``run`` in the data folder, or, where the path would be too long for a socket's, one in the system's
    temporary folder, named after the user and the data folder. Whoever could write there could pose as a host,
    so every use raises `LaunchRefused` where it is a link, another user's, or open to others.
    """

    def __init__(self, data: Path) -> None:
        real = os.path.realpath(data)
        self.path = Path(real, "run")
        if len(os.fsencode(self.path)) + 1 + _LONGEST > SOCKET_PATH:
            digest = hashlib.sha256(os.fsencode(real)).hexdigest()[:16]
            self.path = TEMPORARY / f"freestone-{os.geteuid()}-{digest}"

    def wire(self, host: str, replica: int) -> Path:
        """Return the socket on which a replica takes calls from other hosts."""
        return self.path / f"{host}.{replica}.sock"

    def door(self, host: str, replica: int) -> Path:
        """Return the socket on which a replica answers HTTP: operations, and its modules' pages."""
        return self.path / f"{host}.{replica}.http.sock"

    def find(self, host: str) -> list[tuple[int, Path]]:
        """Return the replicas of a host whose sockets are there, by number; one may be left from a dead process."""
        return [(replica, self.wire(name, replica)) for name, replica in self.all() if name == host]

    def all(self) -> list[tuple[str, int]]:
        """Return every host and replica whose socket is there."""
        if not self._is_there():
            return []
        try:
            names = [each.name for each in self.path.iterdir()]
        except FileNotFoundError:  # whoever left last has just removed it
            return []
        found = (re.fullmatch(r"([a-z][a-z0-9_]*)\.(\d+)\.sock", each) for each in names)
        return sorted((each[1], int(each[2])) for each in found if each)

    def holder(self, host: str, replica: int) -> int | None:
        """Return the process that is this replica now, None where none is.

        It is proved: the kernel keeps the lock of a process for as long as it lives, and nobody else writes here.
        """
        if not self._is_there():
            return None
        try:
            lock = os.open(self._lock(host, replica), os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
        except FileNotFoundError:
            return None
        try:
            return None if try_lock(lock) else signed(lock)
        finally:
            os.close(lock)

    def claim(self, host: str, replica: int | None = None) -> Claim:
        """Become a replica of a host: this one, or the lowest that is free.

        What a dead process left behind is removed. Raises `LaunchRefused` where another process is this replica.
        """
        for number in range(1, MOST_REPLICAS + 1) if replica is None else (replica,):
            lock = self._take(self._lock(host, number))
            if lock is not None:
                return Claim(number, self.wire(host, number), self.door(host, number), self._lock(host, number), lock)
        if replica is None:
            raise LaunchRefused(f"Host {host} has {MOST_REPLICAS} replicas here already; stop one of them.")
        by = self.holder(host, replica)
        raise LaunchRefused(
            f"Replica {replica} of host {host} is {f'process {by}' if by else 'another process'}; "
            "stop it, or name another with --replica."
        )

    def _lock(self, host: str, replica: int) -> Path:
        return self.path / f"{host}.{replica}.lock"

    def _take(self, path: Path) -> int | None:
        """Return the open file of a lock that is this process's from now on, None where it is another's."""
        for _ in range(TRIES):
            self._make()
            with suppress(FileNotFoundError):  # whoever left last has removed the folder meanwhile
                lock = open_lock(path)
                if try_lock(lock) and _is_at(path, lock):
                    sign(lock)
                    return lock
                os.close(lock)
                time.sleep(0.005)  # somebody may only have looked who holds it
        return None

    def _make(self) -> None:
        try:
            self.path.mkdir(0o700, exist_ok=True)
        except OSError as error:
            raise LaunchRefused(f"The folder {self.path} for sockets cannot be made: {error.strerror}.") from None
        self._is_there()

    def _is_there(self) -> bool:
        try:
            found = self.path.lstat()
        except FileNotFoundError:
            return False
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o077:
            raise LaunchRefused(
                f"The folder {self.path} for sockets is not this user's alone, so that others could pose as hosts; "
                "remove it."
            )
        return True


class Claim:
    """What makes this process one replica of a host, until it is released or the process ends, however it ends."""

    def __init__(self, replica: int, wire: Path, door: Path, lock: Path, held: int) -> None:
        self.replica = replica
        self.wire = wire
        self.door = door
        self._lock = lock
        self._held = held
        self._sweep()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.release()

    def release(self) -> None:
        """Take the sockets away and let another process be this replica."""
        if self._held >= 0:
            self._sweep()
            self._lock.unlink(missing_ok=True)
            os.close(self._held)
            self._held = -1
            with suppress(OSError):  # others are there
                self._lock.parent.rmdir()

    def _sweep(self) -> None:
        self.wire.unlink(missing_ok=True)
        self.door.unlink(missing_ok=True)


def _is_at(path: Path, file: int) -> bool:
    """Say whether an open file is still what lies there, and not one that its last holder has removed."""
    try:
        return os.path.samestat(path.lstat(), os.fstat(file))
    except FileNotFoundError:
        return False
