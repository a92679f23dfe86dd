"""RFC 8628 §5.2 and RFC 6749 §10.10: what can't be guessed, and how a genuine old token is told from an invented one."""

import pytest

from pairgrant_protocol.secret import Secret
from pairgrant_server.authorization_server.secrets.opaque_tokens import (
    DeviceCode,
    RefreshToken,
    first_id_at,
    new_id,
)
from pairgrant_server.authorization_server.secrets.server_key import ServerKey

NOW = 1_790_000_000.0
KEY = ServerKey(Secret("server key " * 4))
DEVICE_ID = "01" * 16


class Counted:
    """Random bytes that say how many were drawn."""

    def __init__(self) -> None:
        self.drawn: list[int] = []

    def __call__(self, size: int) -> bytes:
        self.drawn.append(size)
        return bytes([len(self.drawn)]) * size


class TestDeviceCode:
    def test_it_carries_256_random_bits_beside_its_identifier(self) -> None:
        drawn = Counted()
        DeviceCode.issue(NOW, drawn)
        assert drawn.drawn == [10, 32]

    def test_it_comes_back_as_it_was_issued(self) -> None:
        issued = DeviceCode.issue(NOW, Counted())
        assert DeviceCode.parse(issued.text) == issued

    def test_what_is_no_code_at_all_is_not_looked_up(self) -> None:
        text = DeviceCode.issue(NOW, Counted()).text.reveal()
        for other in (text + "=", text + "\n", f" {text}", text[:-1], "é" + text[1:], "=" * 64, ""):
            assert DeviceCode.parse(Secret(other)) is None


class TestRefreshToken:
    def test_it_comes_back_as_it_was_issued(self) -> None:
        issued = RefreshToken.issue(DEVICE_ID, 7, KEY, Counted())
        assert RefreshToken.parse(issued.text, KEY) == issued
        assert (issued.device_id, issued.sequence) == (DEVICE_ID, 7)

    @pytest.mark.parametrize("position", range(0, 91, 7))
    def test_altered_anywhere_it_is_none_of_ours(self, position: int) -> None:
        text = RefreshToken.issue(DEVICE_ID, 7, KEY, Counted()).text.reveal()
        other = "A" if text[position] != "A" else "B"
        assert RefreshToken.parse(Secret(text[:position] + other + text[position + 1 :]), KEY) is None

    def test_under_another_server_key_it_is_none_of_ours(self) -> None:
        issued = RefreshToken.issue(DEVICE_ID, 7, KEY, Counted())
        assert RefreshToken.parse(issued.text, ServerKey(Secret("another " * 5))) is None


class TestIdentifiers:
    def test_they_are_in_the_order_of_time(self) -> None:
        earlier, later = (
            new_id(NOW, lambda size: b"\xff" * size),
            new_id(NOW + 0.001, bytes),
        )
        assert earlier < later
        assert first_id_at(NOW) <= earlier < first_id_at(NOW + 0.001) <= later
