"""``id_token_hint`` (OpenID Connect Core §3.1.2.1, RP-Initiated Logout §2): an ID token names the account."""

from collections.abc import Mapping
from dataclasses import dataclass

from pairgrant_protocol.secret import Secret
from pairgrant_server.authorization_server.keys.signing_keys import InvalidJWTError, SigningKeys
from pairgrant_server.authorization_server.model.settings import ServerSettings
from pairgrant_server.authorization_server.tokens.token_issuer import ID_TOKEN_TYPE

HINT = "id_token_hint"


@dataclass(frozen=True, slots=True)
class IdTokenHint:
    """The audience and the subject of an ID token."""

    client_id: str
    user_id: str


class IdTokenHints:
    def __init__(self, settings: ServerSettings, keys: SigningKeys) -> None:
        self._issuer = settings.public_url
        self._keys = keys

    def read(self, hint: str) -> IdTokenHint | None:
        """The hint in an ID token of this server, expired or not.

        None if it is none, or its key was removed.
        """
        try:
            claims = self._keys.verify(Secret(hint), typ=ID_TOKEN_TYPE)
        except InvalidJWTError:
            return None
        audience, subject = claims.get("aud"), claims.get("sub")
        if claims.get("iss") != self._issuer or not isinstance(audience, str) or not isinstance(subject, str):
            return None
        return IdTokenHint(audience, subject)

    def subject(self, client_id: str, parameters: Mapping[str, str]) -> str | None:
        """The account that the hint names; None without a hint, or if it was issued to another client."""
        hint = self.read(parameters[HINT]) if HINT in parameters else None
        return hint.user_id if hint is not None and hint.client_id == client_id else None
