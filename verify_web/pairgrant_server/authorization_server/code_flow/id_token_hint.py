"""Whom an application means by an ID token that it got before (OpenID Connect Core §3.1.2.1, RP-Initiated Logout §2)."""

from collections.abc import Mapping
from dataclasses import dataclass

from pairgrant_protocol.secret import Secret
from pairgrant_server.authorization_server.keys.signing_keys import InvalidJWTError, SigningKeys
from pairgrant_server.authorization_server.model.settings import ServerSettings
from pairgrant_server.authorization_server.tokens.token_issuer import ID_TOKEN_TYPE

HINT = "id_token_hint"


@dataclass(frozen=True, slots=True)
class Hint:
    """Which client was told of which person."""

    client_id: str
    user_id: str


class IdTokenHints:
    def __init__(self, settings: ServerSettings, keys: SigningKeys) -> None:
        self._issuer = settings.public_url
        self._keys = keys

    def read(self, hint: str) -> Hint | None:
        """What an ID token of ours says, however old it is; None where it is none, or its key is long gone."""
        try:
            claims = self._keys.verify(Secret(hint), typ=ID_TOKEN_TYPE)
        except InvalidJWTError:
            return None
        audience, subject = claims.get("aud"), claims.get("sub")
        if claims.get("iss") != self._issuer or not isinstance(audience, str) or not isinstance(subject, str):
            return None
        return Hint(audience, subject)

    def subject(self, client_id: str, parameters: Mapping[str, str]) -> str | None:
        """Whom the hint among ``parameters`` names; None where there is none, or it was not given to this client."""
        hint = self.read(parameters[HINT]) if HINT in parameters else None
        return hint.user_id if hint is not None and hint.client_id == client_id else None
