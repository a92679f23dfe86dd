"""Digests, derived keys and sealed texts, so that the database alone reveals no secret."""

import hmac
import os
from dataclasses import dataclass, field
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC

from pairgrant_protocol.secret import Secret
from pairgrant_server.errors import PairgrantServerError

_NONCE_BYTES = 12
_SHA256 = SHA256()


class UnsealableError(PairgrantServerError):
    """Not sealed under this secret for this purpose, or altered."""


def digest(secret: Secret) -> bytes:
    """SHA-256 of a secret with enough entropy to need no key."""
    return sha256(secret.reveal().encode()).digest()


def same(left: bytes, right: bytes) -> bool:
    """Whether two digests are equal, in constant time."""
    return hmac.compare_digest(left, right)


def seal(secret: Secret, purpose: str, text: bytes) -> bytes:
    """``text`` encrypted (AES-256-GCM) with a key that is derived from ``secret`` for ``purpose``."""
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + AESGCM(_key(secret, purpose)).encrypt(nonce, text, None)


def unseal(secret: Secret, purpose: str, sealed: bytes) -> bytes:
    """The text behind ``seal``.

    Raises:
        UnsealableError: another secret, another purpose, or altered bytes.
    """
    try:
        return AESGCM(_key(secret, purpose)).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], None)
    except (InvalidTag, ValueError):
        raise UnsealableError from None


def _key(secret: Secret, purpose: str) -> bytes:
    """One key for each purpose; the secret is random, so one HMAC is enough (RFC 5869 §3.3)."""
    mac = HMAC(secret.reveal().encode(), _SHA256)  # hmac.digest lets another thread run meanwhile
    mac.update(purpose.encode())
    return mac.finalize()


@dataclass(frozen=True, slots=True)
class ServerKey:
    """The secret outside the database.

    Without it short codes can't be searched and keys can't be unsealed.
    """

    secret: Secret = field(repr=False)
    _macs: dict[str, HMAC] = field(default_factory=dict, init=False, repr=False, compare=False)
    """By purpose, with the key set up: to copy one takes a third of the time of a new one."""

    def mac(self, purpose: str, text: str) -> bytes:
        """A keyed digest, for secrets too short for a plain one: user codes, chosen client secrets."""
        keyed = self._macs.get(purpose)
        if keyed is None:
            keyed = self._macs[purpose] = HMAC(_key(self.secret, purpose), _SHA256)
        mac = keyed.copy()
        mac.update(text.encode())
        return mac.finalize()

    def seal(self, purpose: str, text: bytes) -> bytes:
        return seal(self.secret, purpose, text)

    def unseal(self, purpose: str, sealed: bytes) -> bytes:
        """Raises ``UnsealableError``."""
        return unseal(self.secret, purpose, sealed)
