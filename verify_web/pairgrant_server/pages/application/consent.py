"""The consent page of the authorization code flow (RFC 6749 §4.1.1).

The browser only sends a reference to the request. If the person is signed in and has consented to all of it
before, the page is skipped, except for a client that others could impersonate (RFC 8252 §8.6).
"""

from collections.abc import Mapping

from starlette.datastructures import QueryParams
from starlette.responses import RedirectResponse, Response

from pairgrant_protocol.authorization_code_grant import PersonSignIn
from pairgrant_protocol.device_grant import Decision
from pairgrant_protocol.secret import Secret
from pairgrant_protocol.vocabulary import ErrorCode
from pairgrant_server.authorization_server.code_flow.authorization_request import AuthorizationRequest
from pairgrant_server.authorization_server.code_flow.authorization_response import approval_uri, error_uri
from pairgrant_server.authorization_server.code_flow.code_flow import (
    DecidedAuthorization,
    PendingAuthorization,
)
from pairgrant_server.authorization_server.code_flow.page_paths import (
    CONSENT_PATH,
    PROBLEM_PATH,
    consent_page,
)
from pairgrant_server.authorization_server.code_flow.redirection import form_action
from pairgrant_server.authorization_server.model.records import Client
from pairgrant_server.front.security_headers import FORM_ACTION
from pairgrant_server.pages.pairing.consent_view import unchecked_by
from pairgrant_server.pages.pairing.sign_in_form import next_page_of, sign_in_path
from pairgrant_server.pages.site import error_pages, formatting
from pairgrant_server.pages.site.error_pages import ErrorPage, error_response
from pairgrant_server.pages.site.optional_scope import ticked
from pairgrant_server.pages.site.page import page
from pairgrant_server.pages.site.page_request import PageRequest
from pairgrant_server.pages.site.rendering import render_page


@page(CONSENT_PATH)
async def application_consent(request: PageRequest) -> Response | None:
    pending, client = await _pending_request(request, request.http.query_params)
    if pending is None or client is None:
        return _error(request, error_pages.SIGN_IN_EXPIRED)
    asked, code_flow = pending.request, request.site.code_flow
    if request.user is None or not code_flow.accepts_sign_in(pending, _sign_in(request)):
        if asked.wants_no_page:
            return _error_to_client(request, pending, ErrorCode.LOGIN_REQUIRED, "a person has to sign in")
        return request.redirect(sign_in_path(consent_page(pending.reference), again=request.user is not None))
    if await code_flow.may_skip_consent(pending, client, request.user.user_id):
        return await _approve(request, pending, client, asked.scope, remember=False)
    if asked.wants_no_page:
        return _error_to_client(request, pending, ErrorCode.CONSENT_REQUIRED, "the person has to be asked")
    optional = [value for value in asked.scope if value in client.policy.optional_scope]
    response = render_page(
        request,
        "application_consent.html",
        notice=request.take_flash().notice,
        application=client.name,
        unchecked_by=unchecked_by(client, request.site.public_url),
        reference=pending.reference,
        leads_to=formatting.destination(asked.redirect_uri),
        scope=[value for value in asked.scope if value not in optional],
        optional=optional,
    )
    response.headers[FORM_ACTION] = form_action(asked.redirect_uri)
    return response


async def decide_application(request: PageRequest, form: Mapping[str, str]) -> Response:
    """POST /authorize/consent: a person approves or denies; late and repeated decisions change nothing."""
    pending, client = await _pending_request(request, form)
    if pending is None or client is None:
        return await _repeat_response(request, form)
    sign_in = _sign_in(request)
    if sign_in is None or not request.site.code_flow.accepts_sign_in(pending, sign_in):
        return request.redirect(consent_page(pending.reference))
    if form.get("decision") == "approve":
        scope = ticked(pending.request.scope, client.policy.optional_scope, form)
        return await _approve(request, pending, client, scope, remember=True)
    if form.get("decision") != "deny":
        return request.redirect(consent_page(pending.reference))
    denied = await request.site.code_flow.deny(pending, client, sign_in)
    return (
        _redirect_to_client(request, _denial(request, pending.request))
        if denied
        else await _response_to_refused(request, form)
    )


def page_of_request(_request: PageRequest, form: Mapping[str, str]) -> str:
    """The consent page of the authorization request that a form is about."""
    return next_page_of(consent_page(form.get("request", ""))) or "/devices"


@page(PROBLEM_PATH)
async def unusable_request(request: PageRequest) -> Response | None:
    """The page for an error that can't be sent back to the application."""
    why = request.http.query_params.get("why", "")
    return _error(request, error_pages.OF_UNUSABLE_REQUEST.get(why, error_pages.SIGN_IN_EXPIRED))


async def _pending_request(
    request: PageRequest, parameters: Mapping[str, str] | QueryParams
) -> tuple[PendingAuthorization | None, Client | None]:
    """The request and its client; no request if the client may no longer make it."""
    pending = await request.site.code_flow.pending(parameters.get("request", ""))
    client = None if pending is None else await request.site.clients.client(pending.request.client_id)
    if pending is None or client is None or not pending.request.is_still_allowed(client):
        return None, client
    return pending, client


def _sign_in(request: PageRequest) -> PersonSignIn | None:
    user_id, auth_time = request.session.user_id, request.session.auth_time
    return None if user_id is None or auth_time is None else PersonSignIn(user_id, auth_time)


async def _approve(
    request: PageRequest,
    pending: PendingAuthorization,
    client: Client,
    scope: tuple[str, ...],
    *,
    remember: bool,
) -> Response:
    sign_in = _sign_in(request)
    code: Secret | None = None
    if sign_in is not None:
        code = await request.site.code_flow.approve(pending, client, sign_in, scope=scope, remember=remember)
    if code is None:
        return await _response_to_refused(
            request, {"request": pending.reference, "decision": Decision.APPROVE}
        )
    return _redirect_to_client(request, approval_uri(pending.request, code, request.site.public_url))


_DECISIONS = {str(decision): decision for decision in Decision}


async def _response_to_refused(request: PageRequest, form: Mapping[str, str]) -> Response:
    """After a decision that was not accepted: the page again while the request is undecided.

    The sign-in may just have become too old for it.
    """
    pending, _ = await _pending_request(request, form)
    if pending is not None:
        return request.redirect(consent_page(pending.reference))
    return await _repeat_response(request, form)


async def _repeat_response(request: PageRequest, form: Mapping[str, str]) -> Response:
    """The same response again for a second tap on the button, because the browser dropped the first one."""
    user_id, decision = request.session.user_id, _DECISIONS.get(form.get("decision", ""))
    decided: DecidedAuthorization | None = None
    if user_id is not None and decision is not None:
        decided = await request.site.code_flow.repeated(form.get("request", ""), decision, user_id)
    if decided is None:
        return _error(request, error_pages.SIGN_IN_EXPIRED)
    if decided.code is None:
        return _redirect_to_client(request, _denial(request, decided.request))
    return _redirect_to_client(request, approval_uri(decided.request, decided.code, request.site.public_url))


def _error_to_client(
    request: PageRequest, pending: PendingAuthorization, code: ErrorCode, description: str
) -> Response:
    """The error for a client that wants no page shown (prompt=none)."""
    return _redirect_to_client(
        request, error_uri(pending.request, code, description, request.site.public_url)
    )


def _denial(request: PageRequest, denied: AuthorizationRequest) -> str:
    return error_uri(
        denied, ErrorCode.ACCESS_DENIED, "the person denied the request", request.site.public_url
    )


def _redirect_to_client(request: PageRequest, uri: str) -> Response:
    """Redirect to the application; ``uri`` has the authorization response."""
    response = request.with_session_cookie(RedirectResponse(uri, status_code=303))
    response.headers["Location"] = uri  # Starlette would escape it a second time
    return response


def _error(request: PageRequest, error_page: ErrorPage) -> Response:
    return error_response(error_page, request.site, request)
