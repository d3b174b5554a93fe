"""The HTTP/JSON door: every operation for curl, a browser, or a module that is written in another language."""

from app.wire.door.door import Door
from app.wire.door.inner import InnerDoor

__all__ = ["Door", "InnerDoor"]
