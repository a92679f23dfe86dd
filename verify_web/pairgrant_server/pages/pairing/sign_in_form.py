"""The sign-in form, step (D); its hidden fields keep what the person was about to do."""

import re
from urllib.parse import urlencode

from starlette.responses import Response

from pairgrant_protocol.visible_text import visible
from pairgrant_server.accounts.people import AccountError, checked_username
from pairgrant_server.authorization_server.code_flow.code_flow import PendingAuthorization
from pairgrant_server.authorization_server.code_flow.page_paths import CONSENT_PATH
from pairgrant_server.authorization_server.code_flow.redirection import form_action
from pairgrant_server.authorization_server.model.records import DeviceGrant
from pairgrant_server.front.security_headers import FORM_ACTION
from pairgrant_server.pages.site.flash import Flash
from pairgrant_server.pages.site.page_request import PAIRING, PageRequest
from pairgrant_server.pages.site.rendering import render_page
from pairgrant_server.pages.site.shown_name import ShownName
from pairgrant_server.translation import Translatable, gettext

DEVICE_LEFT = Translatable("The device stopped waiting, so nothing was connected. Start again on the device.")
CODE_EXPIRED = Translatable(
    "The code has expired, so nothing was connected. Your device shows a new code, or a way to get one."
)
KEPT = "kept"
"""A field with what the person had typed on the page to which the sign-in leads."""

_NEXT_PAGES = frozenset({"/", "/device", "/devices", "/board", "/account"})
_CONSENT_PAGE = re.compile(re.escape(CONSENT_PATH) + r"\?request=[A-Za-z0-9_-]{43}")


def next_page_of(wanted: str | None) -> str | None:
    """``wanted`` if a sign-in may lead there; anything else is ignored, so ``next`` is no open redirect."""
    if wanted in _NEXT_PAGES:
        return wanted
    return wanted if wanted is not None and _CONSENT_PAGE.fullmatch(wanted) else None


def sign_in_path(next_page: str | None = None, *, again: bool = False, pairing: str | None = None) -> str:
    """The sign-in page that leads to ``next_page``, or to the consent for the pairing with that mark.

    ``again`` shows it although someone is signed in.
    """
    members = {"next": next_page, "again": "1" if again else None, PAIRING: pairing}
    query = urlencode({name: value for name, value in members.items() if value is not None})
    return f"/signin?{query}" if query else "/signin"


async def sign_in_form(
    request: PageRequest,
    *,
    next_page: str | None,
    flash: Flash,
) -> Response:
    """A ``user_code`` of ``flash`` is looked up after the sign-in; a form field carries it, never a URL."""
    notice, typed = flash.notice, flash.typed
    pending = await request_behind(request, next_page)
    grant = None if pending is not None else await request.pending_grant()
    if pending is None and grant is None and notice is None:
        notice = await _end_of_pairing(request)
    client = None if pending is None else await request.site.clients.client(pending.request.client_id)
    if (
        pending is not None
        and request.user is not None
        and pending.request.subject not in {None, request.user.user_id}
    ):
        notice = gettext(
            "This application needs a different account than {username}.",
            username=visible(request.user.username),
        )
    response = render_page(
        request,
        "sign_in.html",
        device=None if grant is None else await _device_name(request, grant),
        application=None if client is None else client.name,
        notice=notice,
        error=flash.error,
        username=typed.get("username") or (_hinted_username(pending.request.login_hint) if pending else ""),
        next_page=next_page,
        user_code=typed.get("user_code"),
        kept=typed.get(KEPT),
        mark=None if request.pairing is None else request.pairing.mark,
        providers=await request.site.upstream_sign_in.providers(),
    )
    if pending is not None:
        # After an earlier consent, the response to this form redirects to the application.
        response.headers[FORM_ACTION] = form_action(pending.request.redirect_uri)
    return response


async def _end_of_pairing(request: PageRequest) -> str | None:
    """Why the sign-in no longer leads to a consent."""
    if await request.device_has_left():
        return DEVICE_LEFT
    return CODE_EXPIRED if await request.code_has_expired() else None


async def _device_name(request: PageRequest, grant: DeviceGrant) -> ShownName:
    client = await request.site.clients.client(grant.client_id)
    return ShownName.of(client, grant.client_id, grant.device_name)


def _hinted_username(login_hint: str | None) -> str:
    """The hint if it can be a username. Any site can send one, so it must not carry a message."""
    try:
        return checked_username(login_hint or "")
    except AccountError:
        return ""


async def request_behind(request: PageRequest, next_page: str | None) -> PendingAuthorization | None:
    """The authorization request that the sign-in is for, if any."""
    if next_page is None or not _CONSENT_PAGE.fullmatch(next_page):
        return None
    return await request.site.code_flow.pending(next_page.rpartition("=")[2])
