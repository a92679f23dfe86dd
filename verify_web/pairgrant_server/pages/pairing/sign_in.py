"""Signing in and out, step (D); the browser gets a new session each time."""

from collections.abc import Mapping

from starlette.responses import Response

from pairgrant_protocol.secret import Secret
from pairgrant_server.accounts.passwords import PasswordsBusyError
from pairgrant_server.authorization_server.limits.sign_in_attempts import Lane
from pairgrant_server.pages.pairing.enter_code import look_up
from pairgrant_server.pages.pairing.sign_in_form import next_page_of, sign_in_form
from pairgrant_server.pages.site.page import page
from pairgrant_server.pages.site.page_request import PageRequest
from pairgrant_server.security_events import SecurityEvent, emit
from pairgrant_server.translation import Translatable

WRONG_CREDENTIALS = Translatable("Wrong username or password. Check both, and try again.")
"""The same text for an unknown username, a wrong password and a locked account."""


@page("/signin")
async def sign_in_page(request: PageRequest) -> Response:
    next_page = next_page_of(request.http.query_params.get("next"))
    if request.user is not None and "again" not in request.http.query_params:
        return request.redirect(next_page or await _default_page(request))
    return await sign_in_form(request, next_page=next_page)


async def sign_in(request: PageRequest, form: Mapping[str, str]) -> Response:
    """POST /signin."""
    site, username = request.site, form.get("username", "")
    next_page, user_code = next_page_of(form.get("next")), form.get("user_code")

    async def again(status: int, error: str) -> Response:
        return await sign_in_form(
            request, status=status, error=error, username=username, next_page=next_page, user_code=user_code
        )

    browser = await request.known_browser_of(username)
    attempt = await site.sign_in_attempts.spend(network=request.network, username=username, browser=browser)
    try:
        user = await site.people.sign_in(username, Secret(form.get("password", "")), attempt)
    except PasswordsBusyError:
        # The password was not verified.
        await site.sign_in_attempts.give_back(attempt)
        known = await _known_username(request, username)
        emit(SecurityEvent.LIMIT_REACHED, network=request.network, username=known, limit="sign-ins")
        raise
    if attempt.lane is Lane.SUSPECT:
        known = await _known_username(request, username)
        emit(SecurityEvent.LIMIT_REACHED, network=request.network, username=known, limit="passwords")
    if user is None:
        known = await _known_username(request, username)
        emit(SecurityEvent.SIGN_IN_FAILED, network=request.network, username=known)
        return await again(422, WRONG_CREDENTIALS)
    await site.sign_in_attempts.give_back(attempt)
    emit(SecurityEvent.SIGN_IN_SUCCEEDED, network=request.network, user_id=user.user_id)
    signed_in = await request.in_session(await site.sessions.sign_in(request.cookie, user))
    return signed_in.with_known_browser_cookie(user, await welcome(signed_in, next_page, user_code))


async def _known_username(request: PageRequest, typed: str) -> str | None:
    """The username if there is such an account: anything else may be a password in the wrong field."""
    user = await request.site.people.user_by_name(typed)
    return None if user is None else user.username


async def welcome(signed_in: PageRequest, next_page: str | None, user_code: str | None) -> Response:
    """Redirect to what the person came for."""
    if user_code is not None:
        return await look_up(signed_in, user_code)
    grant = await signed_in.pending_grant()
    if grant is not None:
        await signed_in.site.decisions.look(grant, signed_in.viewer)
    return signed_in.redirect(next_page or await _default_page(signed_in))


async def sign_out(request: PageRequest, form: Mapping[str, str]) -> Response:
    """POST /signout; ``next=/signin`` keeps the looked-up code for another person to sign in.

    Any other page in ``next`` asks for a sign-in itself.
    """
    site, session = request.site, request.session
    grant = await request.pending_grant()
    await site.sessions.sign_out(request.cookie)
    cookie = site.sessions.new_cookie()
    if (next_page := next_page_of(form.get("next"))) is not None:
        return (await request.in_session(cookie)).redirect(next_page)
    if form.get("next") != "/signin":
        return (await request.in_session(cookie)).redirect("/")
    if grant is not None and session.user_code is not None:
        await site.sessions.bind_grant(
            cookie, grant.grant_id, session.user_code, session.arrival, browser_id=session.browser_id
        )
    return (await request.in_session(cookie)).redirect("/signin")


async def _default_page(request: PageRequest) -> str:
    """What became of the code that this browser looked up, or the connected devices."""
    if await request.pending_grant() is not None:
        return "/consent"
    return "/outcome" if await request.device_has_left() else "/devices"
