"""DPoP proofs (RFC 9449 §4): a JWT by which the sender of one request proves that it holds a key.

Pure. The authorization server and the resource server check proofs alike; each remembers used proofs itself.
"""

import re
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Self
from urllib.parse import urlsplit

from pairgrant_protocol.base64url import base64url
from pairgrant_protocol.secret import Secret
from pairgrant_server.authorization_server.jose.foreign_jwt import ForeignJWT, ForeignJWTError
from pairgrant_server.authorization_server.jose.public_keys import PublicKeysError, public_key
from pairgrant_server.errors import PairgrantServerError

TYPE = "dpop+jwt"
WINDOW = 300.0
"""Seconds by which the clocks of a client and this server may differ."""

_DEFAULT_PORTS = {"http": 80, "https": 443}
_URL = re.compile(r"[!#-;=?-\[\]_a-z~]+")
"""The characters of a URI (RFC 3986 §2); others would be dropped or kept by ``urlsplit``."""
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
_UNRESERVED = re.compile(r"[A-Za-z0-9._~-]")


class DPoPProofError(PairgrantServerError, ValueError):
    """Not a valid proof for this request; the text says why and quotes nothing of it."""


@dataclass(frozen=True, slots=True)
class DPoPProof:
    """``jkt`` is the thumbprint of the proved key (RFC 7638); the caller has to check that ``jti`` is new."""

    jkt: str
    jti: str = field(repr=False)
    nonce: str | None = field(repr=False)

    @classmethod
    def read(
        cls, text: str, *, method: str, url: str, now: float, access_token: Secret | None = None
    ) -> Self:
        """The proof in a ``DPoP`` header, made for this request, and for ``access_token`` if there is one.

        Raises:
            DPoPProofError
        """
        try:
            jwt = ForeignJWT.parse(text)
            if jwt.header.get("typ") != TYPE:
                raise DPoPProofError(f"the proof is not a {TYPE}")
            key = public_key(jwt.header.get("jwk"))
            jwt.verify([key._replace(kid=None)])
            jti, htm, htu = (jwt.text(name, limit=2048) for name in ("jti", "htm", "htu"))
            issued_at = jwt.instant("iat")
            nonce = jwt.text("nonce") if "nonce" in jwt.claims else None
        except (ForeignJWTError, PublicKeysError) as error:
            raise DPoPProofError(f"the proof can't be used: {error}") from None
        if htm != method or normalized(htu) != normalized(url):
            raise DPoPProofError("the proof was made for another request (htm, htu)")
        if issued_at is None or abs(now - issued_at) > WINDOW:
            raise DPoPProofError("the proof is too old, or from the future (iat)")
        if access_token is not None and jwt.claims.get("ath") != hashed(access_token):
            raise DPoPProofError("the proof was made for another access token (ath)")
        return cls(key.key.thumbprint(), jti, nonce)


def hashed(access_token: Secret) -> str:
    """``ath``: the base64url of a token's SHA-256 (§4.2)."""
    return base64url(sha256(access_token.reveal().encode()).digest())


def normalized(url: str) -> tuple[str, str, int, str] | None:
    """``url`` for comparison after RFC 3986 §6.2.2 and §6.2.3, without query and fragment (RFC 9449 §4.3).

    None if it is no http or https URL, or has user information: no request is sent to such a URL.
    """
    if not _URL.fullmatch(url):
        return None
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    scheme = parts.scheme.lower()
    if scheme not in _DEFAULT_PORTS or not parts.hostname or "@" in parts.netloc:
        return None
    path = _without_dot_segments(_ESCAPE.sub(_normalized_escape, parts.path))
    return scheme, parts.hostname, _DEFAULT_PORTS[scheme] if port is None else port, path


def _normalized_escape(escape: re.Match[str]) -> str:
    """An unreserved character as itself, every other escape in upper case (RFC 3986 §6.2.2.1, §6.2.2.2)."""
    character = chr(int(escape[1], 16))
    return character if _UNRESERVED.fullmatch(character) else escape[0].upper()


def _without_dot_segments(path: str) -> str:
    """The absolute ``path`` without ``.`` and ``..`` (RFC 3986 §5.2.4)."""
    kept: list[str] = []
    segments = path.split("/")[1:]
    for segment in segments:
        if segment == "..":
            kept = kept[:-1]
        elif segment != ".":
            kept.append(segment)
    if segments and segments[-1] in {".", ".."}:
        kept.append("")
    return "/" + "/".join(kept)
