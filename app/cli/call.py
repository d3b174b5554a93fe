"""`freestone call`: call any operation of a running store, wherever its module runs."""

from __future__ import annotations

import asyncio
import secrets
import sys
import time
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from app.cli.operations import Known, find_operation, known_operations, manual, summary
from app.cli.reach import connect_cli
from app.config import environment
from app.errors import LaunchRefused
from app.keys import ACTOR, public_key
from app.runtime.identity import Identities
from app.runtime.ports import SystemClock
from app.setting_source import rather
from app.wire.codec import error_form
from app.wire.hello import HOST
from app.wiring import find_modules
from contracts.kit import SYSTEM, Actor, Context, Error, PermissionDenied
from contracts.kit.context import NEVER, idempotency_key, root_scope


def complete(incomplete: str) -> list[tuple[str, str]]:
    """Return the operations whose names begin so, each with what it does."""
    known = known_operations(find_modules())
    return [(name, summary(each.codec.operation)) for name, each in known.items() if name.startswith(incomplete)]


def call(
    context: typer.Context,
    operation: Annotated[
        str | None, typer.Argument(help="Such as catalog.get_product; all are listed without.", autocompletion=complete)
    ] = None,
    arguments: Annotated[str, typer.Argument(help="One JSON object, by the parameters' names.")] = "{}",
    *,
    actor: Annotated[
        str, typer.Option("--as", help="On whose behalf: guest, system, or an actor's signed assertion.")
    ] = "guest",
    key: Annotated[str | None, typer.Option(help="An idempotency key: what came under it before is answered.")] = None,
    deadline: Annotated[float | None, typer.Option(min=0.001, help="How many seconds it may take.")] = None,
    help_: Annotated[bool, typer.Option("--help", help="Show this, or all that is known of an operation.")] = False,
) -> None:
    """Call any operation of the running store, and print what it answers as JSON."""
    if help_ and operation is None:
        typer.echo(context.get_help())
        return
    known = known_operations(find_modules())
    if operation is None:
        for name, each in known.items():
            typer.echo(f"{name:<40} {summary(each.codec.operation)}")
        return
    found = find_operation(operation, known)
    if help_:
        typer.echo(manual(found))
        return
    form = _form(found, arguments)
    try:
        asyncio.run(_call(found, form, actor, key, deadline))
    except Error as error:
        fields = msgspec.json.encode(error_form(error)).decode()
        typer.echo(f"{error.code} {fields}", err=True)
        raise typer.Exit(1) from None


def _form(known: Known, text: str) -> Any:
    """Read the arguments; `LaunchRefused` says in one sentence what is wrong with them."""
    names = known.codec.names
    try:
        given = msgspec.json.decode(text)
        if not isinstance(given, dict):
            raise LaunchRefused(f"{known.name} takes its arguments as one JSON object, such as {_example(known)}.")
        for name in given:
            if name not in names:
                raise LaunchRefused(f"{known.name} has no parameter {name}{rather(name, names)}")
        return known.codec.arguments_json.decode(text.encode())
    except msgspec.ValidationError as error:
        raise LaunchRefused(f"{known.name} takes {_example(known)}: {_lower(error)}.") from None
    except (msgspec.DecodeError, UnicodeError) as error:
        raise LaunchRefused(f"The arguments are not JSON: {_lower(error)}.") from None


def _example(known: Known) -> str:
    return "{" + ", ".join(f'"{name}": …' for name in known.codec.names) + "}"


def _lower(error: Exception) -> str:
    text = str(error)
    return text[:1].lower() + text[1:]


async def _call(known: Known, form: Any, actor: str, key: str | None, deadline: float | None) -> None:
    due = NEVER if deadline is None else time.monotonic_ns() + round(deadline * 1e9)
    async with connect_cli(environment(), known.contract) as reach:
        context = _context(actor, reach.assembly.settings.data)
        proxy: Any = await reach.proxy(known.contract.protocol)
        method = getattr(proxy, known.codec.operation.name)
        with root_scope(context, due), nullcontext() if key is None else idempotency_key(key):
            answer = known.codec.invoke(method, form)
            if known.codec.operation.semantics.kind == "stream":
                async for item in answer:
                    print(msgspec.json.encode(item).decode(), flush=True)
            else:
                encoded = msgspec.json.encode(await answer)
                print((msgspec.json.format(encoded) if sys.stdout.isatty() else encoded).decode())


def _context(actor: str, data: Path) -> Context:
    request = f"call-{secrets.token_hex(8)}"
    if actor == "guest":
        return Context(request_id=request)
    if actor == "system":
        return Context(request_id=request, actor=Actor(id=HOST, roles=SYSTEM))
    try:
        proved = Identities(public_key(data, ACTOR), SystemClock()).verify(actor)
    except PermissionDenied:
        raise LaunchRefused(
            "--as takes guest, system, or an assertion that this store has signed and that has not expired."
        ) from None
    return Context(request_id=request, actor=proved, assertion=actor)
