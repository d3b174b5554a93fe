"""Reading all files: what is known from the last check is not read again, and many are read by several processes."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from multiprocessing import get_context

from app.lint.cache import Cache
from app.lint.reader import Reader
from app.lint.reading import Reading, digest_of, read_files, unreadable
from app.lint.source import Source

MANY = 500
"""Files from which on further processes are worth their start; each has half as many to read at least."""

_BATCH = 50

Files = Sequence[tuple[Source, bytes]]


def readings_of(
    sources: Sequence[Source], readers: Sequence[type[Reader]], cache: Cache, processes: int | None = None
) -> dict[str, Reading]:
    """Return what each file says, by the file's name; ``processes`` are as many as the machine has."""
    known = cache.load()
    readings: dict[str, Reading] = {}
    unknown: list[tuple[Source, bytes]] = []
    fleeting = False
    for source in sources:
        try:
            data = source.path.read_bytes()
        except OSError as error:
            readings[source.file] = unreadable(source, 0, f"{error.strerror}; make it a file that can be read.")
            fleeting = True
            continue
        kept = known.get(source.file)
        if kept is not None and kept.digest == digest_of(source.name, data):
            readings[source.file] = kept
        else:
            unknown.append((source, data))
    fresh = _read(unknown, readers, processes or os.cpu_count() or 1)
    readings |= {source.file: reading for (source, _), reading in zip(unknown, fresh, strict=True)}
    if not fleeting and (unknown or known.keys() != readings.keys()):
        cache.store(readings)
    return readings


def _read(files: Files, readers: Sequence[type[Reader]], processes: int) -> list[Reading]:
    processes = min(processes, len(files) * 2 // MANY)
    if len(files) < MANY or processes == 1:
        return read_files(files, readers)
    batches = [files[at : at + _BATCH] for at in range(0, len(files), _BATCH)]
    try:
        # Not forked: the threads of what is imported by now would be forked half.
        with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
            return [each for batch in pool.map(partial(read_files, readers=readers), batches) for each in batch]
    except (OSError, BrokenProcessPool):  # where processes cannot be started
        return read_files(files, readers)
