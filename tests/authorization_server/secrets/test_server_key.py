"""Keyed digests and sealed texts, which databases hold for years."""

import hmac

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from pairgrant_protocol.secret import Secret
from pairgrant_server.authorization_server.secrets.server_key import ServerKey, seal, unseal

SECRET = "server key " * 4


@pytest.mark.parametrize("text", ["", "WDJBMJHT", "ä" * 200])
def test_mac_is_hmac_sha256_under_a_key_of_its_purpose(text: str) -> None:
    server_key = ServerKey(Secret(SECRET))
    key = hmac.digest(SECRET.encode(), b"user_code", "sha256")
    expected = hmac.digest(key, text.encode(), "sha256")
    assert [server_key.mac("user_code", text) for _ in range(2)] == [expected, expected]


def test_each_purpose_has_its_own_macs() -> None:
    server_key = ServerKey(Secret(SECRET))
    assert len({server_key.mac(purpose, "text") for purpose in ("one", "two", "three")}) == 3


def test_text_is_sealed_under_an_hmac_of_the_purpose() -> None:
    key = hmac.digest(SECRET.encode(), b"signing key", "sha256")
    nonce = b"n" * 12
    assert unseal(Secret(SECRET), "signing key", nonce + AESGCM(key).encrypt(nonce, b"text", None)) == b"text"


def test_each_seal_has_its_own_nonce() -> None:
    sealed = [seal(Secret(SECRET), "signing key", b"text") for _ in range(100)]
    assert len({one[:12] for one in sealed}) == 100
