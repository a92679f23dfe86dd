"""Secrets of one device grant: MACs of its identifier under the server key, derived and not stored."""

from pairgrant_protocol.base64url import base64url
from pairgrant_protocol.secret import Secret
from pairgrant_server.authorization_server.secrets.server_key import ServerKey, same

_NUMBERS = 100


class GrantSecrets:
    def __init__(self, server_key: ServerKey) -> None:
        self._server_key = server_key

    def proof_key(self, grant_id: bytes) -> Secret:
        """The key under which the device proves that its QR code is fresh; sent with its codes alone."""
        return Secret(base64url(self._server_key.mac("fresh scan", grant_id.hex())))

    def number(self, grant_id: bytes, user_id: str) -> str:
        """The two digits of the number match, for the account that looked the code up.

        A device gets them once a person has signed in and looked its code up. An attacker who does so first
        with an account of their own learns nothing about the number of another.
        """
        number = int.from_bytes(
            self._server_key.mac("number match", f"{grant_id.hex()} {user_id}")[:8], "big"
        )
        return f"{number % _NUMBERS:02}"

    def is_number(self, grant_id: bytes, user_id: str, typed: str) -> bool:
        return same(self.number(grant_id, user_id).encode(), typed.encode("utf-8", "replace"))
