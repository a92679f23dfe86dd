"""The question of the authorization code flow: may this application have what it asks for (RFC 6749 §4.1.1)?

What a client's browser brings is only ever a reference. Where the person is known and has allowed all of it before, the
answer goes out without a question; a client that others could pose as is always asked about (RFC 8252 §8.6).
"""

from collections.abc import Mapping

from starlette.datastructures import QueryParams
from starlette.responses import RedirectResponse, Response

from pairgrant_protocol.device_grant import GrantStatus
from pairgrant_protocol.secret import Secret
from pairgrant_protocol.vocabulary import ErrorCode
from pairgrant_server.authorization_server.code_flow.authorization_grants import Decided, Pending
from pairgrant_server.authorization_server.code_flow.authorization_request import AuthorizationRequest
from pairgrant_server.authorization_server.code_flow.authorization_response import approval_uri, error_uri
from pairgrant_server.authorization_server.code_flow.redirection import form_action, identifies
from pairgrant_server.authorization_server.endpoints.authorize import CONSENT_PATH, PROBLEM_PATH, question
from pairgrant_server.authorization_server.model.records import Client
from pairgrant_server.front.security_headers import LEADS_TO
from pairgrant_server.pages.pairing.sign_in_form import sign_in_path
from pairgrant_server.pages.site import problems, words
from pairgrant_server.pages.site.optional_scope import ticked
from pairgrant_server.pages.site.page import page
from pairgrant_server.pages.site.problems import Problem, problem_page
from pairgrant_server.pages.site.rendering import still
from pairgrant_server.pages.site.visit import Visit


@page(CONSENT_PATH)
async def consent(visit: Visit) -> Response | None:
    pending, client = await _asked(visit, visit.request.query_params)
    if pending is None or client is None:
        return _problem(visit, problems.REQUEST_OVER)
    request = pending.request
    if visit.user is None or not _is_wanted_sign_in(visit, pending):
        if request.wants_no_page:
            return _refused(visit, pending, ErrorCode.LOGIN_REQUIRED, "a person has to sign in")
        return visit.redirect(sign_in_path(question(pending.reference), again=visit.user is not None))
    is_known = (
        not request.always_asks
        and identifies(client, request.redirect_uri)
        and await visit.site.authorizations.has_consented(visit.user.user_id, pending)
    )
    if is_known:
        return await _approve(visit, pending, request.scope, remember=False)
    if request.wants_no_page:
        return _refused(visit, pending, ErrorCode.CONSENT_REQUIRED, "the person has to be asked")
    optional = [value for value in request.scope if value in client.policy.optional_scope]
    response = still(
        visit,
        "authorize.html",
        application=client.name,
        reference=pending.reference,
        leads_to=words.destination(request.redirect_uri),
        scope=[value for value in request.scope if value not in optional],
        optional=optional,
    )
    response.headers[LEADS_TO] = form_action(request.redirect_uri)
    return response


async def decide(visit: Visit, form: Mapping[str, str]) -> Response:
    """POST /authorize/consent: a person approves or denies; late and repeated decisions change nothing."""
    session = visit.session
    pending, client = await _asked(visit, form)
    if pending is None or client is None:
        return await _once_more(visit, form)
    if session.user_id is None or session.auth_time is None or not _is_wanted_sign_in(visit, pending):
        return visit.redirect(question(pending.reference))
    if form.get("decision") == "approve":
        scope = ticked(pending.request.scope, client.policy.optional_scope, form)
        return await _approve(visit, pending, scope, remember=True)
    if form.get("decision") != "deny":
        return visit.redirect(question(pending.reference))
    denied = await visit.site.authorizations.deny(
        pending, user_id=session.user_id, auth_time=session.auth_time
    )
    return _back(visit, _denial(visit, pending.request)) if denied else await _once_more(visit, form)


@page(PROBLEM_PATH)
async def problem(visit: Visit) -> Response | None:
    """Why an application's request could not even be sent back to it."""
    why = visit.request.query_params.get("why", "")
    return _problem(visit, problems.OF_REQUEST.get(why, problems.REQUEST_OVER))


async def _asked(
    visit: Visit, parameters: Mapping[str, str] | QueryParams
) -> tuple[Pending | None, Client | None]:
    """The request, and whose it is; no request where its client may not ask for it any more."""
    pending = await visit.site.authorizations.pending(parameters.get("request", ""))
    client = None if pending is None else await visit.site.clients.client(pending.request.client_id)
    if pending is None or client is None or not pending.request.is_still_allowed(client):
        return None, client
    return pending, client


def _is_wanted_sign_in(visit: Visit, pending: Pending) -> bool:
    """Whether it counts for the request: ``prompt=login`` and ``max_age`` want one that is not too old, a hint a person."""
    signed_in_at, request = visit.session.auth_time, pending.request
    if signed_in_at is None or request.subject not in {None, visit.session.user_id}:
        return False
    if signed_in_at >= pending.grant.created_at:
        return True
    if request.wants_fresh_sign_in:
        return False
    return request.max_age is None or visit.site.clock() - signed_in_at <= request.max_age


async def _approve(visit: Visit, pending: Pending, scope: tuple[str, ...], *, remember: bool) -> Response:
    user_id, auth_time = visit.session.user_id, visit.session.auth_time
    code: Secret | None = None
    if user_id is not None and auth_time is not None:
        code = await visit.site.authorizations.approve(
            pending, user_id=user_id, auth_time=auth_time, scope=scope, remember=remember
        )
    if code is None:
        return await _once_more(visit, {"request": pending.reference, "decision": "approve"})
    return _back(visit, approval_uri(pending.request, code, visit.site.public_url))


_STATUS = {"approve": GrantStatus.APPROVED, "deny": GrantStatus.DENIED}


async def _once_more(visit: Visit, form: Mapping[str, str]) -> Response:
    """The answer that was given already, for a second tap on the same button: the browser dropped the first one."""
    user_id, status = visit.session.user_id, _STATUS.get(form.get("decision", ""))
    decided: Decided | None = None
    if user_id is not None and status is not None:
        decided = await visit.site.authorizations.decided(form.get("request", ""), user_id, status)
    if decided is None:
        return _problem(visit, problems.REQUEST_OVER)
    if decided.code is None:
        return _back(visit, _denial(visit, decided.request))
    return _back(visit, approval_uri(decided.request, decided.code, visit.site.public_url))


def _refused(visit: Visit, pending: Pending, code: ErrorCode, description: str) -> Response:
    """What a client that wants no page shown is told instead of one."""
    return _back(visit, error_uri(pending.request, code, description, visit.site.public_url))


def _denial(visit: Visit, request: AuthorizationRequest) -> str:
    denied = "the person denied the request"
    return error_uri(request, ErrorCode.ACCESS_DENIED, denied, visit.site.public_url)


def _back(visit: Visit, uri: str) -> Response:
    """Back to the application, with an answer in ``uri``."""
    response = visit.answered(RedirectResponse(uri, status_code=303))
    response.headers["Location"] = uri  # Starlette would escape what is escaped already
    return response


def _problem(visit: Visit, told: Problem) -> Response:
    return problem_page(told, visit.site.public_url)
