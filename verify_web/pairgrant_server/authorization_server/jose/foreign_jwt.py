"""JWTs signed by other parties (RFC 7519, RFC 7515), verified with keys that are registered for them.

A header may choose among those keys (``kid``, ``alg``) but brings none: ``jku``, ``jwk``, ``x5u`` and ``x5c``
are ignored.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Self

from joserfc.errors import JoseError
from joserfc.jws import JWSRegistry

from pairgrant_protocol.base64url import Base64URLError, from_base64url
from pairgrant_server.authorization_server.jose.public_keys import SIGNING_ALGORITHMS, PublicKey
from pairgrant_server.authorization_server.jose.strict_json import StrictJSONError, strict_object
from pairgrant_server.errors import PairgrantServerError

_MAX_CHARACTERS = 8192
_LARGEST_INSTANT = 1e12


class ForeignJWTError(PairgrantServerError, ValueError):
    """Not an acceptable JWT; the text says why, and quotes nothing of it, so that it may be sent back."""


@dataclass(frozen=True, slots=True)
class ForeignJWT:
    """Header and claims; they are not trustworthy until ``verify`` has returned."""

    header: dict[str, Any] = field(repr=False)
    claims: dict[str, Any] = field(repr=False)
    _signed: bytes = field(repr=False)
    _signature: bytes = field(repr=False)

    @classmethod
    def parse(cls, text: str, *, limit: int = _MAX_CHARACTERS) -> Self:
        """A compact JWS over a JSON object, at most ``limit`` characters.

        Raises:
            ForeignJWTError
        """
        parts = text.split(".", 3)
        if len(parts) != 3 or len(text) > limit:
            raise ForeignJWTError(f"not a signed JWT of at most {limit} characters")
        try:
            header, claims = (strict_object(_decoded(part), limit=limit) for part in parts[:2])
        except StrictJSONError as error:
            raise ForeignJWTError(f"a part of the JWT is unreadable: {error}") from None
        if "crit" in header or "b64" in header:  # extensions that must be understood (RFC 7515 §4.1.11)
            raise ForeignJWTError("the JWT uses an extension that is not supported")
        return cls(header, claims, text.rpartition(".")[0].encode(), _decoded(parts[2]))

    def verify(self, keys: Iterable[PublicKey]) -> None:
        """Return if one of ``keys`` signed it.

        Raises:
            ForeignJWTError: the algorithm is not supported, no key fits, or the JWT was altered.
        """
        algorithm, kid = self.header.get("alg"), self.header.get("kid")
        if algorithm not in SIGNING_ALGORITHMS:
            raise ForeignJWTError(f"the JWT is not signed with {', '.join(SIGNING_ALGORITHMS)}")
        model = JWSRegistry.algorithms[algorithm]
        for known in keys:
            if algorithm not in known.algorithms or (
                kid is not None and known.kid is not None and kid != known.kid
            ):
                continue
            try:
                if model.verify(self._signed, self._signature, known.key):
                    return
            except (JoseError, ValueError):
                continue
        raise ForeignJWTError("the JWT is not signed with a registered key")

    def text(self, name: str, *, limit: int = 255) -> str:
        """The claim ``name``, which must be a string of 1 to ``limit`` printable characters."""
        value = self.claims.get(name)
        if not isinstance(value, str) or not 1 <= len(value) <= limit or not value.isprintable():
            raise ForeignJWTError(f"{name} is missing, or not a string of 1 to {limit} characters")
        return value

    def instant(self, name: str) -> float | None:
        """The claim ``name`` as a NumericDate (RFC 7519 §2) within safe bounds; None if it is missing."""
        value = self.claims.get(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < _LARGEST_INSTANT:
            raise ForeignJWTError(f"{name} is not a NumericDate")
        return float(value)


def _decoded(part: str) -> bytes:
    """The bytes behind a part in base64url without padding (RFC 7515 §2).

    Raises:
        ForeignJWTError
    """
    try:
        return from_base64url(part)
    except Base64URLError:
        raise ForeignJWTError("a part of the JWT is not base64url") from None
