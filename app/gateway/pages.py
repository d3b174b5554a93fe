"""The gateway's own pages: plain, complete in themselves, and as HTML or JSON, whichever is asked for."""

from __future__ import annotations

import base64
import hashlib
import html
from http import HTTPStatus

import msgspec

from app.gateway.refusal import Refusal
from app.gateway.request import Request

_STYLE = (
    ":root{color-scheme:light dark}body{font:1rem/1.5 system-ui,sans-serif;max-width:36rem;margin:15vh auto;"
    "padding:0 1rem}h1{font-size:1.5rem}small{opacity:.7}"
)
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_POLICY = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'"
).encode()


def render(refusal: Refusal, request: Request) -> tuple[list[tuple[bytes, bytes]], bytes]:
    """Return headers and body of a refusal's page."""
    title = HTTPStatus(refusal.status).phrase
    if prefers_json(request.headers.get(b"accept", b"")):
        kind = b"application/problem+json"
        body = _problem(refusal, title, request.id)
    else:
        kind = b"text/html; charset=utf-8"
        body = _html(refusal, title, request.id)
    headers = [
        (b"content-type", kind),
        (b"content-length", str(len(body)).encode()),
        (b"content-security-policy", _POLICY),
        (b"cache-control", b"no-store"),
        *refusal.headers,
    ]
    return headers, body


def prefers_json(accept: bytes) -> bool:
    """Say whether an Accept header (RFC 9110, section 12.5.1) ranks JSON above HTML."""
    ranks: dict[str, float] = {}
    for part in accept.decode("latin-1").lower().split(","):
        kind, *parameters = (each.strip() for each in part.split(";"))
        ranks[kind] = next((_quality(each[2:]) for each in parameters if each.startswith("q=")), 1.0)
    everything = ranks.get("*/*", 0.0)
    as_html = ranks.get("text/html", ranks.get("text/*", everything))
    any_application = ranks.get("application/*", everything)
    return as_html < max(
        ranks.get("application/json", any_application), ranks.get("application/problem+json", any_application)
    )


def _quality(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0


def _problem(refusal: Refusal, title: str, request_id: str) -> bytes:
    """RFC 9457."""
    return msgspec.json.encode(
        {"title": title, "status": refusal.status, "detail": refusal.sentence, "request_id": request_id}
    )


def _html(refusal: Refusal, title: str, request_id: str) -> bytes:
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{title}</title><style>{_STYLE}</style></head><body><main><h1>{title}</h1>"
        f'<p>{html.escape(refusal.sentence)}</p><p><a href="/">To the start page</a></p>'
        f"<p><small>{refusal.status} · {html.escape(request_id)}</small></p></main></body></html>\n"
    ).encode()
