"""What holds for all tests."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("freestone", deadline=None)  # these machines are shared: no test asserts an absolute time
settings.load_profile("freestone")
