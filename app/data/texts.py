"""Texts as PostgreSQL can keep them: with everything but NUL ("Character Types")."""

from __future__ import annotations

from psycopg.types.string import StrDumperUnknown


class TextDumper(StrDumperUnknown):
    """Puts U+FFFD, which stands for what cannot be represented, in the place of a NUL.

    No text that people mean has one, but any that they send may: it is looked for and not found, as on SQLite, where
    the driver alone would raise an error.
    """

    def dump(self, obj: str) -> bytes:
        return obj.replace("\0", "\N{REPLACEMENT CHARACTER}").encode(self._encoding)
