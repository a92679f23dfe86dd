"""The keyed digests of the server key, which databases hold for years."""

import hmac

import pytest

from pairgrant_protocol.secret import Secret
from pairgrant_server.authorization_server.secrets.server_key import ServerKey

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
