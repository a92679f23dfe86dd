"""Every error page: what happened, and what to do now; the one mapping from errors to HTTP statuses.

They say the same to everyone; a person who is signed in keeps the navigation.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import structlog
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from pairgrant_server.authorization_server.http.form import FormError
from pairgrant_server.authorization_server.http.message import BodyTooLargeError, ClientGoneError
from pairgrant_server.front.gate import Refusal
from pairgrant_server.front.temporary_errors import RETRY_AFTER, TEMPORARY_ERRORS
from pairgrant_server.pages.site.page_request import PageRequest
from pairgrant_server.pages.site.rendering import anonymous_layout, layout, render
from pairgrant_server.pages.site.site import SITE, Site
from pairgrant_server.request_id import request_id
from pairgrant_server.translation import Translatable, reader

log = structlog.get_logger()

_REFERENCE = "REFERENCE-OF-THE-REQUEST"


@dataclass(frozen=True, slots=True)
class ErrorPage:
    """``leads_to`` is the path of the page's one link; ``retry_after`` in seconds."""

    status: int
    title: str
    text: str
    link: str = Translatable("Enter a code")
    leads_to: str = "/device"
    retry_after: int | None = None


NOT_FOUND = ErrorPage(
    404,
    Translatable("Page not found"),
    Translatable("There is no page at this address. Check the address. To connect a device, enter its code."),
)
METHOD_NOT_ALLOWED = ErrorPage(
    405,
    Translatable("Method not allowed"),
    Translatable(
        "This address can't be opened that way. Nothing was changed. To connect a device, enter its code."
    ),
)
FOREIGN = ErrorPage(
    403,
    Translatable("Request blocked"),
    Translatable(
        "This request came from another site, or you opened this site under a different address. Nothing was "
        "changed. Open the address that your device shows, and try again."
    ),
)
TOO_MANY_REQUESTS = ErrorPage(
    429,
    Translatable("Too many requests"),
    Translatable("Too many requests came from your network. Wait a minute, then try again."),
    retry_after=60,
)
OUT_OF_DATE = ErrorPage(
    403,
    Translatable("This page is out of date"),
    Translatable(
        "You signed in or out in another tab, or the page was open for too long. Nothing was changed. Go "
        "back to the page, and decide there."
    ),
    link=Translatable("Back to the page"),
)
NO_COOKIES = ErrorPage(
    403,
    Translatable("Your browser sent no cookies"),
    Translatable(
        "This site needs cookies to tell your browser from others. Nothing was changed. Allow cookies for "
        "this site if you block them, then start again."
    ),
    link=Translatable("Start again"),
    leads_to="/",
)
UNREADABLE_FORM = ErrorPage(
    400,
    Translatable("We couldn't read the form"),
    Translatable("It arrived incomplete. Nothing was changed. Go back, reload the page, and try again."),
)
FORM_TOO_LARGE = ErrorPage(
    413,
    Translatable("The form is too large"),
    Translatable("Nothing was changed. Go back, shorten what you entered, and try again."),
)
FORM_TOO_SLOW = ErrorPage(
    408,
    Translatable("The form took too long"),
    Translatable("It did not arrive in time. Nothing was changed. Check your connection, and try again."),
)
TEMPORARILY_UNAVAILABLE = ErrorPage(
    503,
    Translatable("Temporarily unavailable"),
    Translatable(
        "The server can't do this right now. Your device keeps waiting. Reload this page in a few seconds."
    ),
    retry_after=RETRY_AFTER,
)
INTERNAL_ERROR = ErrorPage(
    500,
    Translatable("Something went wrong"),
    Translatable(
        "This is an error on our side, and it has been logged. Start again with the code on your device. If "
        "it happens again, contact the operator of this site with the reference below."
    ),
)


def _of_application(status: int, title: str, text: str, *, retry_after: int | None = None) -> ErrorPage:
    """For a person whom an application sent here; there is no code to enter."""
    return ErrorPage(
        status, title, text, link=Translatable("Your devices"), leads_to="/devices", retry_after=retry_after
    )


SIGN_IN_EXPIRED = _of_application(
    410,
    Translatable("This sign-in has expired"),
    Translatable(
        "It was already completed, or it took longer than ten minutes. Go back to the application, and start "
        "again."
    ),
)
OF_UNUSABLE_REQUEST = {
    "client": _of_application(
        400,
        Translatable("Unknown application"),
        Translatable(
            "The application that sent you here isn't registered on this server. Nothing was shared with it. "
            "Contact the app's developer."
        ),
    ),
    "redirect_uri": _of_application(
        400,
        Translatable("Can't return to this application"),
        Translatable(
            "It asked to send you to an address that isn't registered for it (redirect_uri). You were not "
            "sent there, and nothing was shared. Contact the app's developer."
        ),
    ),
    "request_uri": _of_application(
        400,
        Translatable("This sign-in has expired"),
        Translatable(
            "The application's request is unknown or too old. Go back to the application, and start again."
        ),
    ),
    "malformed": _of_application(
        400,
        Translatable("Invalid request"),
        Translatable(
            "The application that sent you here sent an invalid request. Contact the app's developer."
        ),
    ),
    "logout": _of_application(
        400,
        Translatable("Can't sign you out for this application"),
        Translatable(
            "The application that sent you here isn't allowed to ask for this. You are still signed in; you "
            "can sign out yourself."
        ),
    ),
    "busy": TOO_MANY_REQUESTS,
    "unavailable": _of_application(
        503,
        Translatable("Temporarily unavailable"),
        Translatable(
            "The server can't do this right now. Go back to the application, and start again in a few "
            "seconds."
        ),
        retry_after=RETRY_AFTER,
    ),
}
"""Errors that can't be sent back to the application; the key is ``why`` in the address of the page."""

_OF_ERROR: tuple[tuple[type[Exception], ErrorPage], ...] = (
    (FormError, UNREADABLE_FORM),
    (BodyTooLargeError, FORM_TOO_LARGE),
    (ClientGoneError, FORM_TOO_SLOW),
)


def error_page_of(error: Exception) -> ErrorPage:
    """The page for ``error``, which is logged unless the browser caused it."""
    for error_class, error_page in _OF_ERROR:
        if isinstance(error, error_class):
            return error_page
    if isinstance(error, TEMPORARY_ERRORS):
        log.warning("page unavailable", reason=type(error).__name__)
        return TEMPORARILY_UNAVAILABLE
    log.error("page failed", exc_info=error)
    return INTERNAL_ERROR


def error_response(error_page: ErrorPage, site: Site, request: PageRequest | None = None) -> HTMLResponse:
    """With ``request`` the page has the navigation of a person who is signed in, and the languages."""
    around = anonymous_layout(site) if request is None else layout(request)
    html = _html(error_page, around, request_id() or "")
    response = HTMLResponse(html, error_page.status, _headers(error_page))
    return response if request is None else request.with_session_cookie(response)


def refusals(site: Site) -> dict[Refusal, ASGIApp]:
    """The gate's responses."""
    pages = {
        Refusal.NOT_FOUND: NOT_FOUND,
        Refusal.METHOD_NOT_ALLOWED: METHOD_NOT_ALLOWED,
        Refusal.FOREIGN: FOREIGN,
        Refusal.TOO_MANY: TOO_MANY_REQUESTS,
    }
    return {refusal: _refused(error_page, site) for refusal, error_page in pages.items()}


def _refused(error_page: ErrorPage, site: Site) -> ASGIApp:
    """Rendered once a language, because refusing a flood must be cheap; only the reference differs.

    A person who is signed in keeps the navigation on an unknown path, which takes a look at the session.
    """
    rendered: dict[str, str] = {}

    async def respond(scope: Scope, receive: Receive, send: Send) -> None:
        request = await _signed_in(scope, site) if error_page is NOT_FOUND else None
        if request is not None:
            await error_response(error_page, site, request)(scope, receive, send)
            return
        language = reader().language
        if language not in rendered:
            rendered[language] = _html(error_page, anonymous_layout(site), _REFERENCE)
        text = rendered[language].replace(_REFERENCE, request_id() or "")
        await HTMLResponse(text, error_page.status, _headers(error_page))(scope, receive, send)

    return respond


async def _signed_in(scope: Scope, site: Site) -> PageRequest | None:
    """The request, if its session is that of a person who is signed in, and the database can be asked."""
    try:
        request = await PageRequest.of(Request({**scope, SITE: site}))
    except TEMPORARY_ERRORS:
        return None
    return None if request.user is None else request


def _headers(error_page: ErrorPage) -> dict[str, str]:
    return {} if error_page.retry_after is None else {"Retry-After": str(error_page.retry_after)}


def _html(error_page: ErrorPage, around: Mapping[str, Any], reference: str) -> str:
    return render("error.html", {**around, "error_page": error_page, "reference": reference})
