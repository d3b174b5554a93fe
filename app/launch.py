"""What one launch takes hold of: the data folder, and a port."""

from __future__ import annotations

import errno
import os
import socket
from pathlib import Path
from types import TracebackType
from typing import Self

from app.errors import LaunchRefused
from app.file_lock import open_lock, sign, signed, try_lock
from app.placement.runfolder import RunFolder
from app.placement.topology import MAIN

BACKLOG = 2048
_ELSEWHERE = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)


class DataFolder:
    """The data folder, in use by this process until it is closed or the process ends, however it ends.

    Hosts share it; who changes it as a whole has it alone. The kernel keeps the lock, on the file `.lock`
    inside. Until it is closed, what the process creates is for its owner alone: the folder may have been there
    before, open to everyone, and passwords' hashes go into it.
    """

    def __init__(self, path: Path, lock: int) -> None:
        self.path = path
        self._lock = lock
        self._umask = os.umask(0o077)

    @classmethod
    def prepare(cls, path: Path, *, alone: bool = False) -> Self:
        """Create the data folder where it is missing, for its owner alone, and take it into use.

        Raises `LaunchRefused` where it cannot be written to, where somebody has it alone, and, to have it
        ``alone``, where anybody uses it.
        """
        try:
            path.mkdir(0o700, parents=True, exist_ok=True)
        except FileExistsError:
            raise LaunchRefused(f"The data folder {path} is a file; name a folder with FREESTONE_DATA.") from None
        except OSError as error:
            raise LaunchRefused(f"The data folder {path} cannot be created: {error.strerror}.") from None
        if not os.access(path, os.R_OK | os.W_OK | os.X_OK):
            raise LaunchRefused(
                f"The data folder {path} cannot be written to; change its permissions, "
                "or name another with FREESTONE_DATA."
            )
        try:
            lock = open_lock(path / ".lock")
        except OSError as error:
            raise LaunchRefused(f"The data folder {path} cannot be written to: {error.strerror}.") from None
        try:
            taken = try_lock(lock, shared=not alone)
        except OSError as error:
            os.close(lock)
            raise LaunchRefused(f"The data folder {path} cannot be locked: {error.strerror}.") from None
        if taken:
            os.ftruncate(lock, 0)
            if alone:
                sign(lock)
            return cls(path, lock)
        holder = signed(lock) or _somebody(path)
        os.close(lock)
        by = f"process {holder}" if holder else "another process"
        raise LaunchRefused(
            f"The data folder {path} is in use by {by}; stop it, or name another folder with FREESTONE_DATA."
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let others have the folder."""
        if self._lock >= 0:
            os.ftruncate(self._lock, 0)
            os.close(self._lock)
            self._lock = -1
            os.umask(self._umask)


def _somebody(path: Path) -> int | None:
    """Return a process that uses a data folder: the main host's if there is one, so that people stop that one."""
    run = RunFolder(path)
    there = sorted(run.all(), key=lambda each: each[0] != MAIN)
    return next(filter(None, (run.holder(host, replica) for host, replica in there)), None)


def bind(host: str, port: int) -> socket.socket:
    """Return a socket that listens there, on a free port for port 0.

    Raises `LaunchRefused` where the port is taken or not permitted, or the host is not one of this machine's.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (socket.gaierror, UnicodeError):
        raise LaunchRefused(f"The host {host} is unknown; name one of this machine's with FREESTONE_HOST.") from None
    for family, kind, protocol, _, address in found:
        try:
            return _listen(family, kind, protocol, address)
        except OSError as error:
            # A name may stand for an address of a kind that this machine does not have: localhost for ::1.
            if error.errno not in _ELSEWHERE:
                raise LaunchRefused(_why(host, port, error)) from None
    raise LaunchRefused(f"The host {host} is not this machine's; name one of its own with FREESTONE_HOST.")


def _listen(family: int, kind: int, protocol: int, address: object) -> socket.socket:
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)  # type: ignore[arg-type]  # as getaddrinfo gave it
        # At once, since two sockets may be bound to a port as long as neither listens.
        listener.listen(BACKLOG)
    except BaseException:
        listener.close()
        raise
    return listener


def _why(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} on {host} is in use by another program; stop it, or name another with FREESTONE_PORT."
    if error.errno in (errno.EACCES, errno.EPERM):
        return f"Port {port} on {host} is not permitted to this user; name one above 1023 with FREESTONE_PORT."
    return f"Port {port} on {host} cannot be opened: {error.strerror}."
