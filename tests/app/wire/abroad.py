"""A library as a program in another language would be one: it knows the document, and nothing of ours."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

BOOKS = {"1": {"isbn": "1", "title": "Ärger", "pages": 100, "colour": "unknown"}, "2": {"isbn": "2", "title": "B"}}


class Abroad:
    """Serves ``/rpc/library.v2/…``; ``seen`` are all requests' headers, ``lent`` what was lent under which key."""

    def __init__(self) -> None:
        self.seen: list[dict[str, str]] = []
        self.lent: dict[str, int] = {}
        self.app = Starlette(routes=[Route("/rpc/library.v2/{operation}", self.answer, methods=["POST"])])

    async def answer(self, request: Request) -> Response:
        self.seen.append(dict(request.headers))
        arguments = json.loads(await request.body())
        answer: Response = await getattr(self, request.path_params["operation"])(request, arguments)
        return answer

    async def find(self, _: Request, arguments: dict[str, Any]) -> Response:
        book = BOOKS.get(arguments["isbn"])
        if book is None:
            return problem(409, "library.not_held", {"isbn": arguments["isbn"], "more": "than is known"})
        return JSONResponse(book)

    async def lend(self, request: Request, arguments: dict[str, Any]) -> Response:
        key = request.headers.get("idempotency-key", "")
        if arguments["days"] > 100:
            return problem(422, "call.invalid_argument", {"where": "library.lend", "problem": "too long"})
        return JSONResponse(self.lent.setdefault(key, len(self.lent) + arguments["days"]))

    async def close(self, *_: object) -> Response:
        return Response("null", media_type="application/json; charset=utf-8")

    async def shelf(self, _: Request, arguments: dict[str, Any]) -> Response:
        async def lines() -> AsyncIterator[bytes]:
            for isbn in arguments["isbns"]:
                if isbn in BOOKS:
                    yield json.dumps({"item": BOOKS[isbn]}).encode() + b"\n"
                else:
                    yield json.dumps({"problem": {"code": "library.not_held", "fields": {"isbn": isbn}}}).encode()
                    return

        return StreamingResponse(lines(), media_type="application/jsonl")


def problem(status: int, code: str, fields: dict[str, Any]) -> Response:
    """Answer with problem details."""
    told = {"title": "What went wrong", "status": status, "code": code, "fields": fields}
    return JSONResponse(told, status, media_type="application/problem+json")
