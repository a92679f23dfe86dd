"""Signing out because an application asked for it (OpenID Connect RP-Initiated Logout 1.0 §2): always by a form.

An application that shows the person's own ID token is believed that they want it: the form is sent by itself. Everyone
else's word needs a tap, and so does a browser without scripts.
"""

from collections.abc import Mapping

from starlette.responses import RedirectResponse, Response

from pairgrant_server.authorization_server.code_flow.redirection import form_action
from pairgrant_server.authorization_server.endpoints.end_session import LOGOUT_PAGE, LogoutRequest
from pairgrant_server.front.security_headers import LEADS_TO, NONCE, RUNS
from pairgrant_server.pages.site import problems
from pairgrant_server.pages.site.page import page
from pairgrant_server.pages.site.problems import problem_page
from pairgrant_server.pages.site.rendering import still
from pairgrant_server.pages.site.visit import Visit


@page(LOGOUT_PAGE)
async def confirm_logout(visit: Visit) -> Response | None:
    sealed = visit.request.query_params.get("asked", "")
    asked = visit.site.logouts.unseal(sealed)
    if asked is None:
        return problem_page(problems.OF_REQUEST["logout"], visit.site.public_url)
    if visit.user is None:
        return _away(visit, asked)
    client = None if asked.client_id is None else await visit.site.clients.client(asked.client_id)
    is_theirs = asked.user_id == visit.user.user_id
    response = still(
        visit,
        "logout.html",
        application=None if client is None else client.name,
        is_someone_else=asked.user_id is not None and not is_theirs,
        sealed=sealed,
        nonce=visit.request.scope[NONCE] if is_theirs else None,
    )
    if is_theirs:
        response.headers[RUNS] = "1"
    if asked.leads_to is not None:
        response.headers[LEADS_TO] = form_action(asked.leads_to)
    return response


async def log_out(visit: Visit, form: Mapping[str, str]) -> Response:
    """POST /logout/confirm."""
    asked = visit.site.logouts.unseal(form.get("asked", ""))
    if asked is None:
        return problem_page(problems.OF_REQUEST["logout"], visit.site.public_url)
    await visit.site.sessions.sign_out(visit.cookie)
    return _away(await visit.under(visit.site.sessions.new_cookie()), asked)


def _away(visit: Visit, asked: LogoutRequest) -> Response:
    if asked.leads_to is None:
        return visit.redirect("/")
    response = visit.answered(RedirectResponse(asked.leads_to, status_code=303))
    response.headers["Location"] = asked.leads_to  # Starlette would escape what is escaped already
    return response
