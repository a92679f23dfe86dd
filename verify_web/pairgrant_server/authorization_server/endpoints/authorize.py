"""``/authorize``: the authorization endpoint (RFC 6749 §3.1); a valid request redirects to the consent page.

By GET or POST (OpenID Connect Core §3.1.2.1), from any site: nothing is decided here, and no cookie is read
or set.
"""

from collections.abc import Callable, Mapping

from pairgrant_server.authorization_server.clients.clients import Clients
from pairgrant_server.authorization_server.code_flow.authorization_request import (
    AuthorizationRequest,
    RefusedRequestError,
    UnusableRequestError,
)
from pairgrant_server.authorization_server.code_flow.authorization_response import refusal_uri
from pairgrant_server.authorization_server.code_flow.code_flow import CodeFlow
from pairgrant_server.authorization_server.code_flow.id_token_hint import IdTokenHints
from pairgrant_server.authorization_server.code_flow.page_paths import consent_page, problem_page
from pairgrant_server.authorization_server.endpoints.form_request import form_of
from pairgrant_server.authorization_server.errors import OAuthError
from pairgrant_server.authorization_server.http.form import MAX_BODY_BYTES, FormError, parse_form
from pairgrant_server.authorization_server.http.message import NO_STORE, Endpoint, Request, Response
from pairgrant_server.authorization_server.limits.authorization_request_limits import (
    AuthorizationRequestLimits,
)
from pairgrant_server.authorization_server.limits.network import network_of
from pairgrant_server.authorization_server.model.records import Client
from pairgrant_server.authorization_server.model.settings import ServerSettings
from pairgrant_server.authorization_server.store.errors import StoreUnavailableError
from pairgrant_server.security_events import SecurityEvent, emit

REQUEST_URI = "urn:ietf:params:oauth:request_uri:"
"""RFC 9126 §2.2."""


def authorize_endpoints(
    settings: ServerSettings,
    clients: Clients,
    code_flow: CodeFlow,
    hints: IdTokenHints,
    limits: AuthorizationRequestLimits,
) -> dict[str, Endpoint]:
    """Method -> endpoint."""

    async def authorize(request: Request, read: Callable[[Request], dict[str, str]]) -> Response:
        network = network_of(request.address)
        if not limits.allows_network(network):
            return see_other(_busy(network))
        try:
            return see_other(await target_of(read(request), network))
        except (FormError, OAuthError):
            return see_other(problem_page("malformed"))
        except StoreUnavailableError:
            return see_other(problem_page("unavailable"))  # a person sees it

    async def target_of(parameters: Mapping[str, str], network: str) -> str:
        client = await clients.client(parameters.get("client_id", ""))
        if client is None:
            return problem_page("client")
        if parameters.get("request_uri", "").startswith(REQUEST_URI):
            return await _pushed(parameters["request_uri"], client, code_flow)
        subject = hints.subject(client.client_id, parameters)
        asked = _asked(parameters, client, settings, subject)
        return asked if isinstance(asked, str) else await _begun(asked, network, code_flow, limits)

    async def by_get(request: Request) -> Response:
        return await authorize(request, query_of)

    async def by_post(request: Request) -> Response:
        return await authorize(request, form_of)

    return {"GET": by_get, "POST": by_post}


def query_of(request: Request) -> dict[str, str]:
    """The parameters of a query, parsed as strictly as a form, with the same maximum length.

    Raises:
        FormError
    """
    if len(request.query) > MAX_BODY_BYTES:
        raise FormError("the query is too long")
    return parse_form(request.query)


def _asked(
    parameters: Mapping[str, str], client: Client, settings: ServerSettings, subject: str | None
) -> AuthorizationRequest | str:
    """The request; or where to redirect if it is invalid: a page, or the client's redirect URI."""
    try:
        return AuthorizationRequest.parse(parameters, client, settings, pushed=False, subject=subject)
    except UnusableRequestError:
        return problem_page("redirect_uri")
    except RefusedRequestError as error:
        return refusal_uri(error, settings.public_url)


async def _begun(
    asked: AuthorizationRequest, network: str, code_flow: CodeFlow, limits: AuthorizationRequestLimits
) -> str:
    """Store the request, and redirect to its consent page. What is not stored is not counted."""
    if not limits.allows_request(asked.client_id, network):
        return _busy(network, asked.client_id)
    return consent_page(await code_flow.begin(asked))


def _busy(network: str, client_id: str | None = None) -> str:
    emit(SecurityEvent.LIMIT_REACHED, network=network, client_id=client_id, limit="/authorize")
    return problem_page("busy")


async def _pushed(request_uri: str, client: Client, code_flow: CodeFlow) -> str:
    """The URI for a pushed request; the other parameters are ignored (RFC 9126 §4)."""
    pending = await code_flow.pending(request_uri.removeprefix(REQUEST_URI))
    if pending is None or pending.request.client_id != client.client_id:
        return problem_page("request_uri")
    return consent_page(pending.reference)


def see_other(location: str) -> Response:
    return Response(
        303,
        b"",
        (
            (b"location", location.encode("ascii")),
            (b"content-length", b"0"),
            (b"referrer-policy", b"no-referrer"),
            *NO_STORE,
        ),
    )
