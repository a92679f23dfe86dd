"""How a form is accepted: parsed strictly, and only from the session that it was rendered for.

A form of another session (after a sign-in or sign-out in another tab, or a session that has ended) decides
nothing: its ``out_of_date`` leads back to its page. Only what ends a session is accepted from one that has
ended less than a minute ago, because a second tap on "Sign in" still sends the old cookie.

The gate has refused foreign origins before (``pairgrant_server.front.gate``); every change of state passes
both checks.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace

from starlette.requests import Request
from starlette.responses import Response

from pairgrant_protocol.vocabulary import FORM_CONTENT_TYPE
from pairgrant_server.authorization_server.http.form import FormError, parse_form
from pairgrant_server.pages.site import error_pages
from pairgrant_server.pages.site.error_pages import error_page_of, error_response
from pairgrant_server.pages.site.page_request import PageRequest
from pairgrant_server.pages.site.site import site_of

FormFunction = Callable[[PageRequest, Mapping[str, str]], Awaitable[Response]]

CSRF_FIELD = "csrf_token"
PAIRING_FIELD = "asked"
"""The mark of the pairing that the form is about."""


def form_post(
    act: FormFunction, out_of_date: FormFunction, *, ends_session: bool = False
) -> Callable[[Request], Awaitable[Response]]:
    """A Starlette endpoint that calls ``act`` once the form's CSRF token has been checked."""

    async def endpoint(http: Request) -> Response:
        request = None
        try:
            form = await _read(http)
            request = replace(await PageRequest.of(http), mark=form.get(PAIRING_FIELD))
            if not http.cookies:
                return error_response(error_pages.NO_COOKIES, site_of(http))
            is_of_session = request.site.sessions.csrf_matches(request.cookie, form.get(CSRF_FIELD, ""))
            if not is_of_session or (request.session.successor is not None and not ends_session):
                return await out_of_date(request, form)
            return await act(request, form)
        except Exception as error:  # noqa: BLE001 - every error becomes a page; unexpected ones are logged
            return error_response(error_page_of(error), site_of(http), request)

    return endpoint


async def _read(http: Request) -> Mapping[str, str]:
    """Raises ``FormError``, ``BodyTooLargeError``, ``ClientGoneError``."""
    media_type = http.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != FORM_CONTENT_TYPE:
        raise FormError("the content type is not that of a form")
    return parse_form(await site_of(http).bodies.read(http.receive))
