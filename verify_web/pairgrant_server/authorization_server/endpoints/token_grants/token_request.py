"""One request to the token endpoint with its authenticated client, as each grant receives it."""

from collections.abc import Awaitable, Callable, Mapping
from typing import NamedTuple

from pairgrant_protocol.secret import Secret
from pairgrant_protocol.vocabulary import ErrorCode
from pairgrant_server.authorization_server.errors import OAuthError
from pairgrant_server.authorization_server.http.message import Request, Response
from pairgrant_server.authorization_server.model.records import Client


class TokenRequest(NamedTuple):
    """``dpop_jkt`` is the thumbprint of the key that the caller proved (RFC 9449 §5), if any."""

    client: Client
    form: Mapping[str, str]
    http: Request
    dpop_jkt: str | None = None

    def secret(self, name: str) -> Secret:
        """The required parameter ``name``.

        Raises:
            OAuthError: ``invalid_request``.
        """
        value = self.form.get(name)
        if value is None:
            raise OAuthError(ErrorCode.INVALID_REQUEST, f"{name} is missing")
        return Secret(value)


TokenGrant = Callable[[TokenRequest], Awaitable[Response]]
"""A grant type at the token endpoint; errors are raised as ``OAuthError``."""
