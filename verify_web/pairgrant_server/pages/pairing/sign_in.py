"""Signing in and out, step (D); the browser gets a new session each time."""

from collections.abc import Mapping
from dataclasses import replace

from starlette.responses import Response

from pairgrant_protocol.secret import Secret
from pairgrant_server.accounts.passwords import PasswordsBusyError
from pairgrant_server.authorization_server.limits.sign_in_attempts import Lane
from pairgrant_server.pages.pairing.enter_code import look_up
from pairgrant_server.pages.pairing.sign_in_form import KEPT, next_page_of, sign_in_form, sign_in_path
from pairgrant_server.pages.site.flash import Flash
from pairgrant_server.pages.site.out_of_date import SEND_AGAIN
from pairgrant_server.pages.site.page import page
from pairgrant_server.pages.site.page_request import PageRequest
from pairgrant_server.security_events import SecurityEvent, emit
from pairgrant_server.translation import Translatable

WRONG_CREDENTIALS = Translatable("Wrong username or password. Check both, and try again.")
"""The same text for an unknown username, a wrong password and a locked account."""


@page("/signin")
async def sign_in_page(request: PageRequest) -> Response:
    next_page = next_page_of(request.http.query_params.get("next"))
    flash = request.take_flash()
    if request.user is not None and "again" not in request.http.query_params:
        return request.redirect(next_page or await _default_page(request))
    return await sign_in_form(request, next_page=next_page, flash=flash)


async def sign_in(request: PageRequest, form: Mapping[str, str]) -> Response:
    """POST /signin."""
    site, username = request.site, form.get("username", "")
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
        return _again(request, form, Flash(error=WRONG_CREDENTIALS))
    await site.sign_in_attempts.give_back(attempt)
    emit(SecurityEvent.SIGN_IN_SUCCEEDED, network=request.network, user_id=user.user_id)
    signed_in = await request.in_session(await site.sessions.sign_in(request.cookie, user))
    next_page, user_code = next_page_of(form.get("next")), form.get("user_code")
    response = await welcome(signed_in, next_page, user_code, kept=form.get(KEPT))
    return signed_in.with_known_browser_cookie(user, response)


async def sign_in_again(request: PageRequest, form: Mapping[str, str]) -> Response:
    """The response to a sign-in form of another session."""
    user, username = request.user, form.get("username", "")
    if user is not None and user.username.casefold() == username.strip().casefold():
        return request.redirect(next_page_of(form.get("next")) or await _default_page(request))
    return _again(request, form, Flash(notice=SEND_AGAIN))


def _again(request: PageRequest, form: Mapping[str, str], flash: Flash) -> Response:
    """The sign-in page, with all that was typed but the password."""
    typed = {name: form[name] for name in ("username", "user_code", KEPT) if name in form}
    mark = None if request.pairing is None else request.pairing.mark
    path = sign_in_path(next_page_of(form.get("next")), again=request.user is not None, pairing=mark)
    return request.redirect(path, replace(flash, typed=typed))


async def _known_username(request: PageRequest, typed: str) -> str | None:
    """The username if there is such an account: anything else may be a password in the wrong field."""
    user = await request.site.people.user_by_name(typed)
    return None if user is None else user.username


async def welcome(
    signed_in: PageRequest, next_page: str | None, user_code: str | None, *, kept: str | None = None
) -> Response:
    """Redirect to what the person came for."""
    if user_code is not None:
        return await look_up(signed_in, user_code)
    grant = await signed_in.pending_grant()
    if grant is not None:
        await signed_in.site.decisions.look(grant, signed_in.viewer)
    flash = None if kept is None else Flash(typed={"text": kept})
    return signed_in.redirect(next_page or await _default_page(signed_in), flash)


async def sign_out(request: PageRequest, form: Mapping[str, str]) -> Response:
    """POST /signout; ``next=/signin`` keeps the looked-up codes for another person to sign in.

    Any other page in ``next`` asks for a sign-in itself.
    """
    wanted = form.get("next")
    cookie = await request.site.sessions.sign_out(request.cookie, keeps_pairings=wanted == "/signin")
    # Without a cookie a person has signed in since, and the browser keeps the one that it got then.
    signed_out = request if cookie is None else await request.in_session(cookie)
    return signed_out.redirect(_page_after_sign_out(signed_out, wanted))


async def sign_out_again(request: PageRequest, form: Mapping[str, str]) -> Response:
    """The response to a sign-out form of another session."""
    wanted = form.get("next")
    if request.user is None:
        return request.redirect(_page_after_sign_out(request, wanted))
    page = request.path_of_pairing("/consent") if wanted == "/signin" else next_page_of(wanted)
    return request.redirect(page or "/", Flash(notice=SEND_AGAIN))


def _page_after_sign_out(request: PageRequest, wanted: str | None) -> str:
    return request.path_of_pairing("/signin") if wanted == "/signin" else next_page_of(wanted) or "/"


async def _default_page(request: PageRequest) -> str:
    """What became of the pairing, or the connected devices."""
    if await request.pending_grant() is not None:
        return request.path_of_pairing("/consent")
    if await request.device_has_left() or await request.code_has_expired():
        return request.path_of_pairing("/outcome")
    return "/devices"
