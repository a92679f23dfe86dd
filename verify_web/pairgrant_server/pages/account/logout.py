"""Signing out at the request of an application (OpenID Connect RP-Initiated Logout 1.0 §2).

If the application sends the person's own ID token, a script submits the form. Otherwise, or without scripts,
the person has to confirm.
"""

from collections.abc import Mapping

from starlette.responses import RedirectResponse, Response

from pairgrant_server.authorization_server.code_flow.logout_requests import LogoutRequest
from pairgrant_server.authorization_server.code_flow.page_paths import LOGOUT_PATH, logout_page
from pairgrant_server.authorization_server.code_flow.redirection import form_action
from pairgrant_server.front.security_headers import FORM_ACTION, HAS_SCRIPT, NONCE
from pairgrant_server.pages.site import error_pages
from pairgrant_server.pages.site.error_pages import error_response
from pairgrant_server.pages.site.page import page
from pairgrant_server.pages.site.page_request import PageRequest
from pairgrant_server.pages.site.rendering import render_page


@page(LOGOUT_PATH)
async def confirm_logout(request: PageRequest) -> Response | None:
    sealed = request.http.query_params.get("asked", "")
    asked = request.site.logouts.unseal(sealed)
    if asked is None:
        return error_response(error_pages.OF_UNUSABLE_REQUEST["logout"], request.site, request)
    if request.user is None:
        return _leave(request, asked)
    client = None if asked.client_id is None else await request.site.clients.client(asked.client_id)
    is_theirs = asked.user_id == request.user.user_id
    response = render_page(
        request,
        "logout.html",
        application=None if client is None else client.name,
        is_someone_else=asked.user_id is not None and not is_theirs,
        sealed=sealed,
        nonce=request.http.scope[NONCE] if is_theirs else None,
    )
    if is_theirs:
        response.headers[HAS_SCRIPT] = "1"
    if asked.leads_to is not None:
        response.headers[FORM_ACTION] = form_action(asked.leads_to)
    return response


async def log_out(request: PageRequest, form: Mapping[str, str]) -> Response:
    """POST /logout/confirm."""
    asked = request.site.logouts.unseal(form.get("asked", ""))
    if asked is None:
        return error_response(error_pages.OF_UNUSABLE_REQUEST["logout"], request.site, request)
    cookie = await request.site.sessions.sign_out(request.cookie)
    return _leave(request if cookie is None else await request.in_session(cookie), asked)


async def log_out_again(request: PageRequest, form: Mapping[str, str]) -> Response:
    """The response to a confirmation of another session: the question again, with the present account."""
    sealed = form.get("asked", "")
    if request.site.logouts.unseal(sealed) is None:
        return error_response(error_pages.OF_UNUSABLE_REQUEST["logout"], request.site, request)
    return request.redirect(logout_page(sealed))


def _leave(request: PageRequest, asked: LogoutRequest) -> Response:
    if asked.leads_to is None:
        return request.redirect("/")
    response = request.with_session_cookie(RedirectResponse(asked.leads_to, status_code=303))
    response.headers["Location"] = asked.leads_to  # Starlette would escape it a second time
    return response
