"""References to authorization requests in URLs: an identifier, and a tag under the server key.

A reference can't be guessed or made up, and nothing has to be stored for it.
"""

from pairgrant_protocol.base64url import Base64URLError, base64url, from_base64url
from pairgrant_server.authorization_server.secrets.identifiers import ID_BYTES
from pairgrant_server.authorization_server.secrets.server_key import ServerKey, same

_TAG_BYTES = 16


class RequestReferences:
    def __init__(self, server_key: ServerKey) -> None:
        self._server_key = server_key

    def reference(self, grant_id: bytes) -> str:
        return base64url(grant_id + self._tag(grant_id))

    def grant_id(self, reference: str) -> bytes | None:
        """The identifier behind a reference.

        None unless it is spelled exactly as ``reference`` spelled it.
        """
        try:
            raw = from_base64url(reference)
        except Base64URLError:
            return None
        grant_id, tag = raw[:ID_BYTES], raw[ID_BYTES:]
        return grant_id if same(tag, self._tag(grant_id)) and base64url(raw) == reference else None

    def _tag(self, grant_id: bytes) -> bytes:
        return self._server_key.mac("authorization request", grant_id.hex())[:_TAG_BYTES]
