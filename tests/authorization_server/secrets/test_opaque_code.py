"""RFC 8628 §5.2 and RFC 6749 §10.10: a code can not be guessed."""

from pairgrant_protocol.secret import Secret
from pairgrant_server.authorization_server.secrets.opaque_code import OpaqueCode
from tests.authorization_server.secrets.counted_bytes import CountedBytes

NOW = 1_790_000_000.0


class TestOpaqueCode:
    def test_code_has_256_random_bits_beside_its_identifier(self) -> None:
        drawn = CountedBytes()
        OpaqueCode.issue(NOW, drawn)
        assert drawn.drawn == [10 + 32]

    def test_issued_code_is_parsed_as_it_was(self) -> None:
        issued = OpaqueCode.issue(NOW, CountedBytes())
        assert OpaqueCode.parse(issued.text) == issued

    def test_text_of_another_form_is_not_parsed(self) -> None:
        text = OpaqueCode.issue(NOW, CountedBytes()).text.reveal()
        for other in (text + "=", text + "\n", f" {text}", text[:-1], "é" + text[1:], "=" * 64, ""):
            assert OpaqueCode.parse(Secret(other)) is None
