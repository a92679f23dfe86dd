"""Logout requests of clients, checked and sealed into the address of the page that asks the person.

OpenID Connect RP-Initiated Logout 1.0 §2.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from pairgrant_protocol.base64url import base64url, from_base64url
from pairgrant_server.authorization_server.clients.clients import Clients
from pairgrant_server.authorization_server.code_flow.id_token_hint import HINT, IdTokenHints
from pairgrant_server.authorization_server.code_flow.redirection import with_parameters
from pairgrant_server.authorization_server.secrets.server_key import ServerKey, UnsealableError

_PURPOSE = "logout request"
_MAX_STATE = 2048
"""Characters."""


@dataclass(frozen=True, slots=True)
class LogoutRequest:
    """``user_id`` is the person in the ID token hint, ``leads_to`` where the browser goes afterwards.

    Both checked.
    """

    client_id: str | None = None
    user_id: str | None = None
    leads_to: str | None = None


class LogoutRequests:
    """Checks a request, and seals it so that it can travel in an address."""

    def __init__(self, clients: Clients, hints: IdTokenHints, server_key: ServerKey) -> None:
        self._clients = clients
        self._hints = hints
        self._server_key = server_key

    async def checked(self, parameters: Mapping[str, str]) -> LogoutRequest | None:
        """The request; None if its client, hint or redirect URI is not valid."""
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
            if len(parameters["state"]) > _MAX_STATE:
                return None
            leads_to = with_parameters(leads_to, {"state": parameters["state"]})
        return LogoutRequest(client_id, user_id, leads_to)

    def seal(self, request: LogoutRequest) -> str:
        sealed = self._server_key.seal(_PURPOSE, json.dumps(asdict(request)).encode())
        return base64url(sealed)

    def unseal(self, text: str) -> LogoutRequest | None:
        """The request, or None if ``seal`` did not make ``text``."""
        try:
            raw = from_base64url(text)
            return LogoutRequest(**json.loads(self._server_key.unseal(_PURPOSE, raw)))
        except (ValueError, UnsealableError):
            return None
