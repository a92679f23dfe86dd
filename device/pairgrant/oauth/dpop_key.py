"""The device's DPoP key (RFC 9449): one for each server and client, stored with the tokens too, proved with
every request.

Without a key, requests carry tokens as plain bearers. ``joserfc`` is imported only where there is a key,
because `pairgrant token` has to start quickly without one.
"""

import json
import secrets
from collections.abc import Callable
from contextlib import suppress
from email.utils import parsedate_to_datetime
from hashlib import sha256
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

from pairgrant.errors import TokenStoreError
from pairgrant_protocol.base64url import base64url
from pairgrant_protocol.secret import Secret

if TYPE_CHECKING:
    from joserfc.jwk import ECKey

ALGORITHM = "ES256"
_MAX_NONCE = 1024


class DPoPKey:
    """The current key, if any, and what each origin said about nonces and the time.

    ``wall`` is the device's own clock. A device without a battery-backed clock may be years off, so proofs
    use the server's time.
    """

    def __init__(self, wall: Callable[[], float], random_id: Callable[[], str] | None = None) -> None:
        self._wall = wall
        self._random_id = random_id or (lambda: secrets.token_urlsafe(16))
        self._key: ECKey | None = None
        self._nonces: dict[str, str] = {}
        self._offsets: dict[str, float] = {}

    def __bool__(self) -> bool:
        return self._key is not None

    def load(self, stored: Secret | None) -> None:
        """Use a stored key; None for plain bearer tokens.

        Raises:
            TokenStoreError: ``stored`` is not a private key for ``ALGORITHM``.
        """
        self._key = None if stored is None else _imported(stored)

    def serialize(self) -> Secret | None:
        """The key as it is stored with its tokens: a JWK in JSON."""
        return None if self._key is None else _exported(self._key)

    def headers(self, method: str, url: str, access_token: Secret | None = None) -> dict[str, str]:
        """The header fields of a request: the proof, and the access token if given (RFC 9449 §7.1, RFC 6750
        §2.1).
        """
        if self._key is None:
            return {} if access_token is None else {"Authorization": f"Bearer {access_token.reveal()}"}
        proof = {"DPoP": self._proof(self._key, method, url, access_token)}
        return proof if access_token is None else {"Authorization": f"DPoP {access_token.reveal()}", **proof}

    def note_response(self, url: str, nonce: str | None, date: str | None) -> bool:
        """Remember the nonce and the time of a response; returns whether the nonce is a new one."""
        origin = _origin(url)
        if date is not None:
            with suppress(ValueError, TypeError, OverflowError):
                self._offsets[origin] = parsedate_to_datetime(date).timestamp() - self._wall()
        if not nonce or len(nonce) > _MAX_NONCE or not nonce.isascii() or not nonce.isprintable():
            return False
        is_new = self._nonces.get(origin) != nonce
        self._nonces[origin] = nonce
        return is_new

    def _proof(self, key: "ECKey", method: str, url: str, access_token: Secret | None) -> str:
        """RFC 9449 §4.2."""
        from joserfc import jws  # noqa: PLC0415 - only with a key

        origin = _origin(url)
        claims: dict[str, str | int] = {
            "jti": self._random_id(),
            "htm": method,
            "htu": urlunsplit(urlsplit(url)._replace(query="", fragment="")),
            "iat": int(self._wall() + self._offsets.get(origin, 0.0)),
        }
        if access_token is not None:
            claims["ath"] = base64url(sha256(access_token.reveal().encode()).digest())
        if origin in self._nonces:
            claims["nonce"] = self._nonces[origin]
        header = {"typ": "dpop+jwt", "alg": ALGORITHM, "jwk": key.as_dict(private=False)}
        registry = jws.JWSRegistry(algorithms=[ALGORITHM])
        return jws.serialize_compact(header, json.dumps(claims).encode(), key, registry=registry)


def new_key() -> Secret:
    """A new key as it is stored: a JWK in JSON."""
    from joserfc.jwk import ECKey  # noqa: PLC0415 - only with a key

    return _exported(ECKey.generate_key("P-256"))


def thumbprint(stored: Secret) -> str:
    """The thumbprint of a stored key (RFC 7638, SHA-256), by which a server knows it.

    Raises:
        TokenStoreError: ``stored`` is not a private key for ``ALGORITHM``.
    """
    return _imported(stored).thumbprint()


def _exported(key: "ECKey") -> Secret:
    return Secret(json.dumps(key.as_dict(private=True)))


def _imported(stored: Secret) -> "ECKey":
    from joserfc.errors import JoseError  # noqa: PLC0415 - only with a key
    from joserfc.jwk import ECKey  # noqa: PLC0415 - only with a key

    with suppress(JoseError, ValueError, TypeError, KeyError):
        key = ECKey.import_key(json.loads(stored.reveal()))
        if key.is_private and key.curve_name == "P-256":
            return key
    raise TokenStoreError("The key stored with the tokens can't be read. Sign in again: pairgrant login")


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
