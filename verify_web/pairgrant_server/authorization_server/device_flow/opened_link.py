"""The link that a browser opened, carried by its form until the code is looked up, step (C).

Opening a link looks nothing up. What is known of it then (its code and proof, when, and who led there) is
sealed for this one browser into a hidden field, so that it is neither in an address nor the browser's to
change.
"""

import json
from dataclasses import dataclass, field
from hashlib import sha256

from pairgrant_protocol.base64url import Base64URLError, base64url, from_base64url
from pairgrant_protocol.secret import Secret
from pairgrant_server.authorization_server.clock import Clock
from pairgrant_server.authorization_server.risk.evidence import CameFrom
from pairgrant_server.authorization_server.secrets.server_key import ServerKey, UnsealableError


@dataclass(frozen=True, slots=True)
class OpenedLink:
    """``opened_at`` is Unix time in seconds; ``proof`` is what followed the code, unchecked."""

    user_code: str = field(repr=False)
    proof: str | None = field(repr=False)
    came_from: CameFrom
    opened_at: float


class OpenedLinks:
    """Seals links for the browser with one session cookie."""

    def __init__(self, server_key: ServerKey, clock: Clock) -> None:
        self._server_key = server_key
        self._clock = clock

    def seal(self, cookie: Secret, user_code: str, proof: str | None, came_from: CameFrom) -> str:
        """The text for the form; ``user_code`` is normalized."""
        members = [user_code, proof, came_from.value, self._clock()]
        return base64url(self._server_key.seal(_purpose(cookie), json.dumps(members).encode()))

    def unseal(self, cookie: Secret, sealed: str) -> OpenedLink | None:
        """The link behind ``seal``; None if it was sealed for another browser, or by no one."""
        try:
            text = self._server_key.unseal(_purpose(cookie), from_base64url(sealed))
        except (UnsealableError, Base64URLError):
            return None
        user_code, proof, came_from, opened_at = json.loads(text)
        return OpenedLink(user_code, proof, CameFrom(came_from), opened_at)


def _purpose(cookie: Secret) -> str:
    return "opened link " + sha256(cookie.reveal().encode()).hexdigest()
