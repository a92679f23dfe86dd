"""RFC 6749 §10.4: a genuine old refresh token is distinguished from an invented one."""

import pytest

from pairgrant_protocol.secret import Secret
from pairgrant_server.authorization_server.secrets.refresh_token import RefreshToken
from pairgrant_server.authorization_server.secrets.server_key import ServerKey
from tests.authorization_server.secrets.counted_bytes import CountedBytes

KEY = ServerKey(Secret("server key " * 4))
DEVICE_ID = "01" * 16


class TestRefreshToken:
    def test_issued_token_is_parsed_as_it_was(self) -> None:
        issued = RefreshToken.issue(DEVICE_ID, 7, KEY, CountedBytes())
        assert RefreshToken.parse(issued.text, KEY) == issued
        assert (issued.device_id, issued.sequence) == (DEVICE_ID, 7)

    @pytest.mark.parametrize("position", range(0, 91, 7))
    def test_altered_token_is_not_parsed(self, position: int) -> None:
        text = RefreshToken.issue(DEVICE_ID, 7, KEY, CountedBytes()).text.reveal()
        other = "A" if text[position] != "A" else "B"
        assert RefreshToken.parse(Secret(text[:position] + other + text[position + 1 :]), KEY) is None

    def test_token_of_another_server_key_is_not_parsed(self) -> None:
        issued = RefreshToken.issue(DEVICE_ID, 7, KEY, CountedBytes())
        assert RefreshToken.parse(issued.text, ServerKey(Secret("another " * 5))) is None
