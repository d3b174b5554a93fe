"""Coming and going: register, log in, log out."""

from __future__ import annotations

from contextlib import suppress

from starlette.responses import Response

from contracts.accounts import EmailTaken, InvalidEmail, TooManyAttempts, WeakPassword, WrongCredentials
from modules.storefront.forms import Form, local_path, read_form, read_query
from modules.storefront.visit import OUTAGES, Visit


async def log_in_form(visit: Visit) -> Response:
    """Ask who it is."""
    return await _ask(visit, "log_in.html")


async def register_form(visit: Visit) -> Response:
    """Offer an account."""
    return await _ask(visit, "register.html")


async def log_in(visit: Visit) -> Response:
    """Begin a session."""
    form = await read_form(visit.request)
    email = form.email("email")
    password = form.password("password", "Enter your password.")
    status = 422
    if form.is_good:
        try:
            session = await visit.shop.accounts.log_in(email, password, _source(visit))
        except WrongCredentials:
            form.problem = "The e-mail address and the password do not belong together."
        except TooManyAttempts as refusal:
            return await _wait(visit, "log_in.html", form, refusal)
        else:
            await visit.begin_session(session)
            return visit.redirect(local_path(form.get("next")))
    return await _again(visit, "log_in.html", form, status)


async def register(visit: Visit) -> Response:
    """Create an account and begin its first session."""
    form = await read_form(visit.request)
    name = form.text("name", "Enter your name.", 120)
    email = form.email("email")
    password = form.password("password", "Choose a password.")
    if form.is_good:
        try:
            session = await visit.shop.accounts.register(email, password, name, _source(visit))
        except EmailTaken:
            form.errors["email"] = "There is an account with this e-mail address already. Log in instead."
        except InvalidEmail:
            form.errors["email"] = "This is not an e-mail address, such as ada@example.org."
        except WeakPassword as refusal:
            form.errors["password"] = weakness(refusal)
        except TooManyAttempts as refusal:
            return await _wait(visit, "register.html", form, refusal)
        else:
            await visit.begin_session(session)
            return visit.redirect(local_path(form.get("next")))
    return await _again(visit, "register.html", form, 422)


async def log_out(visit: Visit) -> Response:
    """End the session. The browser forgets it even where accounts do not answer."""
    token = visit.cookies.session
    if token is not None:
        with suppress(*OUTAGES):
            await visit.shop.accounts.log_out(token)
        visit.cookies.forget_session()
    return visit.redirect("/")


def weakness(refusal: WeakPassword) -> str:
    """Say why a password will not do."""
    return f"Choose another password: {refusal.reason.rstrip('.')}."


async def _ask(visit: Visit, template: str) -> Response:
    target = local_path(dict(read_query(visit.request)).get("next"))
    if visit.account is not None:
        return visit.redirect(target)
    return await _again(visit, template, Form([("next", target)]), 200)


async def _again(visit: Visit, template: str, form: Form, status: int) -> Response:
    async with visit.loading():
        pass
    return visit.page(template, status, form=form, next=local_path(form.get("next")))


async def _wait(visit: Visit, template: str, form: Form, refusal: TooManyAttempts) -> Response:
    form.problem = f"Too many attempts. Please wait {_span(refusal.retry_after)}, then try again."
    response = await _again(visit, template, form, 429)
    response.headers["retry-after"] = str(refusal.retry_after)
    return response


def _span(seconds: int) -> str:
    minutes = -(-seconds // 60)
    return f"{seconds} seconds" if seconds < 60 else "a minute" if minutes == 1 else f"{minutes} minutes"


def _source(visit: Visit) -> str:
    client = visit.request.client
    return client.host[:100] if client else "unknown"
