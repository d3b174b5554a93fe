"""The storefront's own files, served under addresses that change with their content."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

_FOREVER = "public, max-age=31536000, immutable"


class Asset(NamedTuple):
    """One file in memory; ``tag`` is a hash of its content."""

    content: bytes
    media_type: str
    tag: str


class Assets:
    """Reads the files once. The style sheets in ``style/`` become one, in the order of their names."""

    def __init__(self, folder: Path = Path(__file__).parent / "static") -> None:
        style = b"".join(sheet.read_bytes() for sheet in sorted((folder / "style").glob("*.css")))
        self._files: Mapping[str, Asset] = {
            "style.css": _asset(style, "text/css; charset=utf-8"),
            "htmx.min.js": _asset((folder / "htmx.min.js").read_bytes(), "text/javascript; charset=utf-8"),
            "icon.svg": _asset((folder / "icon.svg").read_bytes(), "image/svg+xml"),
        }

    def address(self, name: str) -> str:
        """Return where a file is found while its content is what it is now."""
        return f"/static/{self._files[name].tag}/{name}"

    async def serve(self, request: Request) -> Response:
        """Answer with a file.

        Under another content's tag, which another release asks for, the file comes with orders to ask again.
        """
        file = self._files.get(request.path_params["name"])
        if file is None:
            raise HTTPException(404)
        current = request.path_params["tag"] == file.tag
        headers = {
            "cache-control": _FOREVER if current else "no-cache",
            "etag": f'"{file.tag}"',
            "x-content-type-options": "nosniff",
        }
        if is_known(request, file.tag):
            return Response(status_code=304, headers=headers)
        return Response(file.content, headers=headers, media_type=file.media_type)


def content_tag(content: bytes) -> str:
    """Return a short hash of a content."""
    return hashlib.blake2b(content, digest_size=10).hexdigest()


def is_known(request: Request, tag: str) -> bool:
    """Say whether the client holds what has this tag already (RFC 9110, section 13.1.2)."""
    known = request.headers.get("if-none-match", "")
    return known.strip() == "*" or f'"{tag}"' in (each.strip().removeprefix("W/") for each in known.split(","))


def _asset(content: bytes, media_type: str) -> Asset:
    return Asset(content, media_type, content_tag(content))
