"""One request to the token endpoint, as every grant is handed it: whose it is has been settled by then."""

from collections.abc import Awaitable, Callable, Mapping
from typing import NamedTuple

from pairgrant_protocol.secret import Secret
from pairgrant_protocol.vocabulary import ErrorCode
from pairgrant_server.authorization_server.errors import OAuthError
from pairgrant_server.authorization_server.http.message import Request, Response
from pairgrant_server.authorization_server.model.records import Client


class TokenRequest(NamedTuple):
    """``dpop_jkt`` is the thumbprint of the key that the caller proved to hold (RFC 9449 §5), if it proved any."""

    client: Client
    form: Mapping[str, str]
    http: Request
    dpop_jkt: str | None = None

    def secret(self, name: str) -> Secret:
        """The parameter ``name``, which this grant can't do without.

        Raises:
            OAuthError: ``invalid_request``.
        """
        value = self.form.get(name)
        if value is None:
            raise OAuthError(ErrorCode.INVALID_REQUEST, f"{name} is missing")
        return Secret(value)


TokenGrant = Callable[[TokenRequest], Awaitable[Response]]
"""What a grant type means at the token endpoint; errors are raised as ``OAuthError``."""
