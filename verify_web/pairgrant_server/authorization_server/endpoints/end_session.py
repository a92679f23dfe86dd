"""``/logout``: a client sends a person's browser to end their session here (OpenID Connect RP-Initiated Logout 1.0).

By GET or POST, from any site; so nothing ends here. What was asked is checked, sealed, and put to the person on a page.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass

from pairgrant_server.authorization_server.clients.clients import Clients
from pairgrant_server.authorization_server.code_flow.authorization_request import MAX_KEPT
from pairgrant_server.authorization_server.code_flow.id_token_hint import HINT, IdTokenHints
from pairgrant_server.authorization_server.code_flow.redirection import with_parameters
from pairgrant_server.authorization_server.endpoints.authorize import problem, query_of, see_other
from pairgrant_server.authorization_server.endpoints.form_request import form_of
from pairgrant_server.authorization_server.http.form import FormError
from pairgrant_server.authorization_server.http.message import Endpoint, OAuthError, Request, Response
from pairgrant_server.authorization_server.secrets.server_key import ServerKey, UnsealableError
from pairgrant_server.authorization_server.store.errors import StoreUnavailableError

LOGOUT_PAGE = "/logout/confirm"
_PURPOSE = "logout request"


@dataclass(frozen=True, slots=True)
class LogoutRequest:
    """``user_id`` is whom the client means, ``leads_to`` where the browser goes afterwards; both as far as they were proved."""

    client_id: str | None = None
    user_id: str | None = None
    leads_to: str | None = None


class LogoutRequests:
    """Checks a request, and keeps it in the address of the page that asks."""

    def __init__(self, clients: Clients, hints: IdTokenHints, server_key: ServerKey) -> None:
        self._clients = clients
        self._hints = hints
        self._server_key = server_key

    async def checked(self, parameters: Mapping[str, str]) -> LogoutRequest | None:
        """None: the client is unknown, the hint is no id_token of it, or it may not lead to that address."""
        client_id, user_id = parameters.get("client_id"), None
        if HINT in parameters:
            hint = self._hints.read(parameters[HINT])
            if hint is None or client_id not in {None, hint.client_id}:
                return None
            client_id, user_id = hint.client_id, hint.user_id
        leads_to = parameters.get("post_logout_redirect_uri")
        if client_id is None:
            return None if leads_to else LogoutRequest()
        client = await self._clients.client(client_id)
        if client is None or (leads_to and leads_to not in client.policy.post_logout_redirect_uris):
            return None
        if leads_to and "state" in parameters:
            if len(parameters["state"]) > MAX_KEPT:
                return None
            leads_to = with_parameters(leads_to, {"state": parameters["state"]})
        return LogoutRequest(client_id, user_id, leads_to)

    def seal(self, request: LogoutRequest) -> str:
        sealed = self._server_key.seal(_PURPOSE, json.dumps(asdict(request)).encode())
        return urlsafe_b64encode(sealed).decode().rstrip("=")

    def unseal(self, text: str) -> LogoutRequest | None:
        """None where ``seal`` didn't make it."""
        try:
            raw = urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
            return LogoutRequest(**json.loads(self._server_key.unseal(_PURPOSE, raw)))
        except (Base64Error, ValueError, UnsealableError):
            return None


def end_session_endpoints(requests: LogoutRequests) -> dict[str, Endpoint]:
    """Method -> endpoint."""

    async def end_session(request: Request, read: Callable[[Request], dict[str, str]]) -> Response:
        try:
            asked = await requests.checked(read(request))
        except (FormError, OAuthError):
            return see_other(problem("malformed"))
        except StoreUnavailableError:
            return see_other(problem("unavailable"))
        if asked is None:
            return see_other(problem("logout"))
        return see_other(f"{LOGOUT_PAGE}?asked={requests.seal(asked)}")

    async def by_get(request: Request) -> Response:
        return await end_session(request, query_of)

    async def by_post(request: Request) -> Response:
        return await end_session(request, form_of)

    return {"GET": by_get, "POST": by_post}
