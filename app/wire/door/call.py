"""`POST /rpc/<contract>.v<version>/<operation>`: from a request to a call, and back."""

from __future__ import annotations

from typing import Any

import msgspec
from starlette.types import Receive, Send

from app.runtime.exports import Export, Exports
from app.wire.claims import Claims
from app.wire.codec import OperationCodec
from app.wire.door.body import BodyReader
from app.wire.door.presence import Presence
from app.wire.door.problems import Refused, unforeseen
from app.wire.door.request import Request, reply
from app.wire.door.stream import StreamAnswer
from app.wire.door.terms import terms_of
from contracts.kit import InvalidArgument, Unavailable
from contracts.kit.context import root_scope

PREFIX = "/rpc/"
MEDIA = b"application/json"


class Operations:
    """What a host exports, to be called by HTTP. What fails is raised, unless the answer has begun."""

    def __init__(self, exports: Exports, claims: Claims, bodies: BodyReader, streams: StreamAnswer) -> None:
        self._exports = exports
        self._claims = claims
        self._bodies = bodies
        self._streams = streams

    async def answer(self, request: Request, caller: str, receive: Receive, send: Send) -> None:
        """Execute the operation that a path names, in a caller's name."""
        codec, method = self._find(request, caller)
        if request.method != "POST":
            raise not_allowed(codec.name, "POST")
        terms = terms_of(request, caller, self._claims)
        form = _decoded(codec, await self._bodies.read(request, receive, codec.name))
        with Presence(receive), root_scope(terms.context, terms.due) as frame:
            frame.next_key = terms.key
            answer = codec.invoke(method, form)
            if codec.operation.semantics.kind == "stream":
                await self._streams.give(request, send, answer, codec.name)
            else:
                body = _encoded(codec, await answer, request.id)
                await reply(request, send, 200, MEDIA, body)

    def _find(self, request: Request, caller: str) -> Export:
        try:
            return self._exports.find(caller, request.path.removeprefix(PREFIX))
        except Unavailable as error:
            raise Refused(404, error, "There is no such operation here; /rpc/ lists those there are.") from None


def not_allowed(where: str, *methods: str) -> Refused:
    """Say by which methods alone something is to be asked for."""
    problem = f"it takes {' and '.join(methods)} alone"
    allowed = (b"allow", ", ".join(methods).encode())
    return Refused(405, InvalidArgument(where=where, problem=problem), f"This address: {problem}.", allowed)


def _decoded(codec: OperationCodec, body: bytes) -> Any:
    try:
        return codec.arguments_json.decode(body)
    except msgspec.ValidationError as error:
        raise codec.bad_argument(error) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        bad = codec.bad_argument(error)
        raise Refused(400, bad, f"The body is no JSON object of arguments: {bad.problem}.") from None


def _encoded(codec: OperationCodec, result: object, request_id: str) -> bytes:
    try:
        return msgspec.json.encode(result)
    except Exception as error:  # noqa: BLE001 - whatever it is, the result cannot be told
        raise unforeseen(error, codec.name, request_id) from None
