"""RFC 6749 §10.4: a genuine old refresh token is distinguished from an invented one."""

import pytest

from pairgrant_protocol.secret import Secret
from pairgrant_server.authorization_server.secrets.identifiers import SECRET_BYTES
from pairgrant_server.authorization_server.secrets.refresh_token import RefreshToken
from pairgrant_server.authorization_server.secrets.server_key import ServerKey
from tests.authorization_server.secrets.counted_bytes import CountedBytes

KEY = ServerKey(Secret("server key " * 4))
DEVICE_ID = "01" * 16


class TestRefreshToken:
    def test_issued_token_is_parsed_as_it_was(self) -> None:
        issued = RefreshToken.issue(DEVICE_ID, 7, KEY, CountedBytes()(SECRET_BYTES))
        assert RefreshToken.parse(issued.text, KEY) == issued
        assert (issued.device_id, issued.sequence) == (DEVICE_ID, 7)

    @pytest.mark.parametrize("position", range(0, 91, 7))
    def test_altered_token_is_not_parsed(self, position: int) -> None:
        text = RefreshToken.issue(DEVICE_ID, 7, KEY, CountedBytes()(SECRET_BYTES)).text.reveal()
        other = "A" if text[position] != "A" else "B"
        assert RefreshToken.parse(Secret(text[:position] + other + text[position + 1 :]), KEY) is None

    def test_token_of_another_server_key_is_not_parsed(self) -> None:
        issued = RefreshToken.issue(DEVICE_ID, 7, KEY, CountedBytes()(SECRET_BYTES))
        assert RefreshToken.parse(issued.text, ServerKey(Secret("another " * 5))) is None

    def test_only_the_canonical_spelling_is_parsed(self) -> None:
        every = bytes(range(256))
        text = RefreshToken.issue(DEVICE_ID, 7, KEY, every[-SECRET_BYTES:]).text.reveal()
        assert {"-", "_"} <= set(text)
        others = [
            text[:-1] + chr(ord(text[-1]) + 1),  # the last letter has two unused bits
            text + "=",
            text[:-1] + "=",
            text.replace("-", "+"),
            text.replace("_", "/"),
            text[:40] + "\n" + text[41:],
            text[:40] + "é" + text[41:],
            text[:40] + "\ud800" + text[41:],
        ]
        assert [RefreshToken.parse(Secret(other), KEY) for other in others] == [None] * len(others)

    def test_its_repr_shows_no_secret(self) -> None:
        issued = RefreshToken.issue(DEVICE_ID, 7, KEY, CountedBytes()(SECRET_BYTES))
        assert issued.text.reveal() not in repr(issued)
