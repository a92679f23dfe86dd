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
from pairgrant_server.authorization_server.code_flow.page_paths import (
    CONSENT_PATH,
    PROBLEM_PATH,
    consent_page,
)
from pairgrant_server.authorization_server.code_flow.redirection import form_action, identifies
from pairgrant_server.authorization_server.model.records import Client
from pairgrant_server.front.security_headers import FORM_ACTION
from pairgrant_server.pages.pairing.sign_in_form import sign_in_path
from pairgrant_server.pages.site import error_pages, formatting
from pairgrant_server.pages.site.error_pages import ErrorPage, error_response
from pairgrant_server.pages.site.optional_scope import ticked
from pairgrant_server.pages.site.page import page
from pairgrant_server.pages.site.page_request import PageRequest
from pairgrant_server.pages.site.rendering import render_page


@page(CONSENT_PATH)
async def application_consent(request: PageRequest) -> Response | None:
    pending, client = await _asked(request, request.http.query_params)
    if pending is None or client is None:
        return _error(request, error_pages.SIGN_IN_EXPIRED)
    asked = pending.request
    if request.user is None or not _is_wanted_sign_in(request, pending):
        if asked.wants_no_page:
            return _refused(request, pending, ErrorCode.LOGIN_REQUIRED, "a person has to sign in")
        return request.redirect(sign_in_path(consent_page(pending.reference), again=request.user is not None))
    is_known = (
        not asked.always_asks
        and identifies(client, asked.redirect_uri)
        and await request.site.authorizations.has_consented(request.user.user_id, pending)
    )
    if is_known:
        return await _approve(request, pending, asked.scope, remember=False)
    if asked.wants_no_page:
        return _refused(request, pending, ErrorCode.CONSENT_REQUIRED, "the person has to be asked")
    optional = [value for value in asked.scope if value in client.policy.optional_scope]
    response = render_page(
        request,
        "application_consent.html",
        application=client.name,
        reference=pending.reference,
        leads_to=formatting.destination(asked.redirect_uri),
        scope=[value for value in asked.scope if value not in optional],
        optional=optional,
    )
    response.headers[FORM_ACTION] = form_action(asked.redirect_uri)
    return response


async def decide_application(request: PageRequest, form: Mapping[str, str]) -> Response:
    """POST /authorize/consent: a person approves or denies; late and repeated decisions change nothing."""
    session = request.session
    pending, client = await _asked(request, form)
    if pending is None or client is None:
        return await _once_more(request, form)
    if session.user_id is None or session.auth_time is None or not _is_wanted_sign_in(request, pending):
        return request.redirect(consent_page(pending.reference))
    if form.get("decision") == "approve":
        scope = ticked(pending.request.scope, client.policy.optional_scope, form)
        return await _approve(request, pending, scope, remember=True)
    if form.get("decision") != "deny":
        return request.redirect(consent_page(pending.reference))
    denied = await request.site.authorizations.deny(
        pending, user_id=session.user_id, auth_time=session.auth_time
    )
    return _back(request, _denial(request, pending.request)) if denied else await _once_more(request, form)


@page(PROBLEM_PATH)
async def unusable_request(request: PageRequest) -> Response | None:
    """Why an application's request could not even be sent back to it."""
    why = request.http.query_params.get("why", "")
    return _error(request, error_pages.OF_UNUSABLE_REQUEST.get(why, error_pages.SIGN_IN_EXPIRED))


async def _asked(
    request: PageRequest, parameters: Mapping[str, str] | QueryParams
) -> tuple[Pending | None, Client | None]:
    """The request, and whose it is; no request where its client may not ask for it any more."""
    pending = await request.site.authorizations.pending(parameters.get("request", ""))
    client = None if pending is None else await request.site.clients.client(pending.request.client_id)
    if pending is None or client is None or not pending.request.is_still_allowed(client):
        return None, client
    return pending, client


def _is_wanted_sign_in(request: PageRequest, pending: Pending) -> bool:
    """Whether it counts for the request: ``prompt=login`` and ``max_age`` want one that is not too old, a hint a person."""
    signed_in_at, asked = request.session.auth_time, pending.request
    if signed_in_at is None or asked.subject not in {None, request.session.user_id}:
        return False
    if signed_in_at >= pending.grant.created_at:
        return True
    if asked.wants_fresh_sign_in:
        return False
    return asked.max_age is None or request.site.clock() - signed_in_at <= asked.max_age


async def _approve(
    request: PageRequest, pending: Pending, scope: tuple[str, ...], *, remember: bool
) -> Response:
    user_id, auth_time = request.session.user_id, request.session.auth_time
    code: Secret | None = None
    if user_id is not None and auth_time is not None:
        code = await request.site.authorizations.approve(
            pending, user_id=user_id, auth_time=auth_time, scope=scope, remember=remember
        )
    if code is None:
        return await _once_more(request, {"request": pending.reference, "decision": "approve"})
    return _back(request, approval_uri(pending.request, code, request.site.public_url))


_STATUS = {"approve": GrantStatus.APPROVED, "deny": GrantStatus.DENIED}


async def _once_more(request: PageRequest, form: Mapping[str, str]) -> Response:
    """The answer that was given already, for a second tap on the same button: the browser dropped the first one."""
    user_id, status = request.session.user_id, _STATUS.get(form.get("decision", ""))
    decided: Decided | None = None
    if user_id is not None and status is not None:
        decided = await request.site.authorizations.decided(form.get("request", ""), user_id, status)
    if decided is None:
        return _error(request, error_pages.SIGN_IN_EXPIRED)
    if decided.code is None:
        return _back(request, _denial(request, decided.request))
    return _back(request, approval_uri(decided.request, decided.code, request.site.public_url))


def _refused(request: PageRequest, pending: Pending, code: ErrorCode, description: str) -> Response:
    """What a client that wants no page shown is told instead of one."""
    return _back(request, error_uri(pending.request, code, description, request.site.public_url))


def _denial(request: PageRequest, denied: AuthorizationRequest) -> str:
    return error_uri(
        denied, ErrorCode.ACCESS_DENIED, "the person denied the request", request.site.public_url
    )


def _back(request: PageRequest, uri: str) -> Response:
    """Back to the application, with an answer in ``uri``."""
    response = request.with_session_cookie(RedirectResponse(uri, status_code=303))
    response.headers["Location"] = uri  # Starlette would escape what is escaped already
    return response


def _error(request: PageRequest, error_page: ErrorPage) -> Response:
    return error_response(error_page, request.site.public_url)
