"""What a host exports, described for programs and for people: made when it is first asked for, and again when that
changes."""

from __future__ import annotations

import msgspec

from app.runtime.exports import Exports
from app.wire.door.openapi import document
from app.wire.door.page import page


class Description:
    """The OpenAPI document and its page, for as long as the same contracts are served."""

    def __init__(self, exports: Exports) -> None:
        self._exports = exports
        self._keys: tuple[str, ...] | None = None
        self._document = b""
        self._page: bytes | None = None

    def document(self) -> bytes:
        """Return the OpenAPI document."""
        keys = tuple(sorted(self._exports.bindings, key=lambda key: (key.count("."), key)))  # outboxes last
        if keys != self._keys:
            codecs = {key: self._exports.codecs[key] for key in keys}
            self._document, self._page, self._keys = msgspec.json.encode(document(codecs)), None, keys
        return self._document

    def page(self) -> bytes:
        """Return the page."""
        said = self.document()
        if self._page is None:
            self._page = page(msgspec.json.decode(said))
        return self._page
