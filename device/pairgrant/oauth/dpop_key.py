"""The device's key (DPoP, RFC 9449): made for one pairing, kept with its tokens, proved at every request that they open.

Without a key, requests carry tokens as plain bearers. ``joserfc`` is loaded where there is a key, because `pairgrant token`
has to be quick where there is none.
"""

import json
import secrets
from collections.abc import Callable
from contextlib import suppress
from email.utils import parsedate_to_datetime
from hashlib import sha256
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

from pairgrant_protocol.base64url import base64url
from pairgrant_protocol.json_object import MalformedMessageError
from pairgrant_protocol.secret import Secret

if TYPE_CHECKING:
    from joserfc.jwk import ECKey

ALGORITHM = "ES256"
_MOST_NONCE = 1024


class DPoPKey:
    """The key that this device holds now, if any; what servers said of nonces and of the time, by origin.

    ``wall`` is the device's own clock. A kiosk without a battery may be years off, so proofs go by the server's.
    """

    def __init__(self, wall: Callable[[], float], random_id: Callable[[], str] | None = None) -> None:
        self._wall = wall
        self._random_id = random_id or (lambda: secrets.token_urlsafe(16))
        self._key: ECKey | None = None
        self._nonces: dict[str, str] = {}
        self._offsets: dict[str, float] = {}

    def __bool__(self) -> bool:
        return self._key is not None

    def make(self) -> None:
        """A new key, for a new pairing."""
        from joserfc.jwk import ECKey  # noqa: PLC0415

        self._key = ECKey.generate_key("P-256")

    def take(self, stored: Secret | None) -> None:
        """The key of stored tokens; None where they are plain bearers.

        Raises:
            MalformedMessageError: that is no key.
        """
        if stored is None:
            self._key = None
            return
        from joserfc.errors import JoseError  # noqa: PLC0415
        from joserfc.jwk import ECKey  # noqa: PLC0415

        try:
            self._key = ECKey.import_key(json.loads(stored.reveal()))
        except (JoseError, ValueError, TypeError, KeyError):
            raise MalformedMessageError("dpop_key is no key") from None

    def stored(self) -> Secret | None:
        """The key as it is kept with its tokens."""
        return None if self._key is None else Secret(json.dumps(self._key.as_dict(private=True)))

    def headers(self, method: str, url: str, access_token: Secret | None = None) -> dict[str, str]:
        """What a request carries: the proof, and the token where there is one (RFC 9449 §7.1, RFC 6750 §2.1)."""
        if self._key is None:
            return {} if access_token is None else {"Authorization": f"Bearer {access_token.reveal()}"}
        proof = {"DPoP": self._proof(self._key, method, url, access_token)}
        return proof if access_token is None else {"Authorization": f"DPoP {access_token.reveal()}", **proof}

    def note_response(self, url: str, nonce: str | None, date: str | None) -> bool:
        """Take in what an answer said; whether its nonce is news."""
        origin = _origin(url)
        if date is not None:
            with suppress(ValueError, TypeError, OverflowError):
                self._offsets[origin] = parsedate_to_datetime(date).timestamp() - self._wall()
        if not nonce or len(nonce) > _MOST_NONCE or not nonce.isascii() or not nonce.isprintable():
            return False
        is_news = self._nonces.get(origin) != nonce
        self._nonces[origin] = nonce
        return is_news

    def _proof(self, key: "ECKey", method: str, url: str, access_token: Secret | None) -> str:
        """RFC 9449 §4.2."""
        from joserfc import jws  # noqa: PLC0415

        origin = _origin(url)
        claims: dict[str, str | int] = {
            "jti": self._random_id(),
            "htm": method,
            "htu": urlunsplit(urlsplit(url)._replace(query="", fragment="")),
            "iat": int(self._wall() + self._offsets.get(origin, 0.0)),
        }
        if access_token is not None:
            hashed = sha256(access_token.reveal().encode()).digest()
            claims["ath"] = base64url(hashed)
        if origin in self._nonces:
            claims["nonce"] = self._nonces[origin]
        head = {"typ": "dpop+jwt", "alg": ALGORITHM, "jwk": key.as_dict(private=False)}
        registry = jws.JWSRegistry(algorithms=[ALGORITHM])
        return jws.serialize_compact(head, json.dumps(claims).encode(), key, registry=registry)


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
