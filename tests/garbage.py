"""What a test leaves for the garbage collector."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """Have nothing collected in the block by itself; what `gc.collect` returns in it was left there in the block.

    Whatever was there before is passed over: it may become garbage at any moment, for reasons of other tests.
    """
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.unfreeze()
