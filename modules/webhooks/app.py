"""Hands on what providers call back, to the byte: who it is from is for the module to judge whose provider it is."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from contracts.kit import CallError, InvalidArgument
from contracts.payments import Notice, NoticeRefused, NoticeUnreadable, Payments


def create_app(payments: Payments) -> Starlette:
    """Build the application. It answers by status alone: 204 taken, 401 not genuine, 400 not understood, 503 to be
    tried again. Limits on requests are the gateway's, and so is turning away what a browser sends from elsewhere."""

    async def take(request: Request) -> Response:
        headers, body = request.headers, await request.body()
        try:
            notice = Notice(
                id=headers.get("webhook-id", ""),
                timestamp=headers.get("webhook-timestamp", ""),
                signature=headers.get("webhook-signature", ""),
                body=body,
            )
            await payments.take_notice(notice)
        except NoticeRefused:
            return Response(status_code=401)
        except (NoticeUnreadable, InvalidArgument):
            return Response(status_code=400)
        except CallError:
            return Response(status_code=503, headers={"retry-after": "5"})
        return Response(status_code=204)

    return Starlette(routes=[Route("/payments", take, methods=["POST"])])
