"""RFC 8628 §3.2, §3.3.1: the addresses that a device shows, draws as a QR code and opens."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pairgrant_protocol.messages import MalformedMessageError, web_uri

REFUSED = "^verification_uri is not an http or https address that can be opened safely$"


class TestAccepted:
    @pytest.mark.parametrize(
        "uri",
        [
            "https://pair.example/device",
            "https://pair.example",
            "http://localhost:8080/device",
            "http://192.168.1.20:8080/device",
            "HTTPS://PAIR.EXAMPLE/D/WDJBMJHT",
            "https://pair.example/device?user_code=WDJB-MJHT",
            "https://pair.example/device?return=a@b#top",  # an @ outside the authority names no user
            "https://[2001:db8::1]/device",
            "https://[::1]:8443/device",
            "https://xn--zrich-kva.example/device",
            "https://pair.example:65535/",
            "https://pair.example:1/~kitchen/!",
            "https://pair.example:/",
            "https://pair.example/" + "x" * 2027,
        ],
    )
    def test_absolute_web_address_is_returned_unchanged(self, uri: str) -> None:
        assert web_uri(uri, "verification_uri") == uri


class TestRefused:
    @pytest.mark.parametrize(
        "uri",
        [
            "javascript:alert(1)",
            "JavaScript://pair.example/%0aalert(1)",
            "data:text/html,hi",
            "file:///etc/passwd",
            "ftp://pair.example/",
            "ws://pair.example/",
            "x-apple.systempreferences://pair.example",
            "",
            "/device",
            "//pair.example/device",
            "pair.example/device",
            "www.pair.example",
            "https:pair.example",
            "https:/pair.example",
            "https://",
            "https:///device",
            "https://:443/",
            "https://?user_code=WDJB-MJHT",
        ],
    )
    def test_text_that_is_not_an_absolute_web_address_is_refused(self, uri: str) -> None:
        with pytest.raises(MalformedMessageError, match=REFUSED):
            web_uri(uri, "verification_uri")

    @pytest.mark.parametrize(
        "uri",
        [
            "https://user@pair.example/",
            "https://user:password@pair.example/",
            "https://pair.example@evil.example/",
            "https://pair.example:443@evil.example/",
            "https://@pair.example/",
        ],
    )
    def test_user_information_is_refused_because_it_hides_the_host(self, uri: str) -> None:
        with pytest.raises(MalformedMessageError, match=REFUSED):
            web_uri(uri, "verification_uri")

    @pytest.mark.parametrize(
        "uri",
        [
            "https://evil.example\\@pair.example/",  # a browser reads \ as /
            "https:\\\\pair.example\\device",
            "https://pair.example/a\\b",
        ],
    )
    def test_backslash_is_refused_because_parsers_disagree(self, uri: str) -> None:
        with pytest.raises(MalformedMessageError, match=REFUSED):
            web_uri(uri, "verification_uri")

    @pytest.mark.parametrize(
        "uri",
        [
            "https://pair.example/\nSet-Cookie: a=b",
            "https://pair.example/\r\n",
            "https://pair.exam\tple/",
            " https://pair.example/",
            "https://pair.example/ ",
            "https://pair.example/a b",
            "\x00https://pair.example/",
            "https://pair.example/\x1b[2J",
            "https://pair.example/\x7f",
            "https://pair.example/\x9b2J",
            "https://p\u0430ir.example/",  # a Cyrillic a
            "https://pair.example\uff0fdevice/",
            "https://pair.example/\u202eecived",
            "https://pair.example/\ud800",
        ],
    )
    def test_text_that_is_not_printable_ascii_is_refused(self, uri: str) -> None:
        with pytest.raises(MalformedMessageError, match=REFUSED):
            web_uri(uri, "verification_uri")

    @pytest.mark.parametrize(
        "uri",
        [
            "https://pair.example:0/",
            "https://pair.example:65536/",
            "https://pair.example:-1/",
            "https://pair.example:abc/",
            "https://pair.example:80:80/",
            "https://[2001:db8::1/",
            "https://2001:db8::1]/",
            "https://[::1]:x/",
        ],
    )
    def test_bad_port_or_broken_ipv6_address_is_refused(self, uri: str) -> None:
        with pytest.raises(MalformedMessageError, match=REFUSED):
            web_uri(uri, "verification_uri")

    def test_address_over_2048_characters_is_refused(self) -> None:
        with pytest.raises(MalformedMessageError, match=REFUSED):
            web_uri("https://pair.example/" + "x" * 2028, "verification_uri")

    def test_error_names_the_member_and_does_not_quote_the_address(self) -> None:
        with pytest.raises(MalformedMessageError) as caught:
            web_uri("https://pair.example\x1b]0;owned\x07", "jwks_uri")
        assert str(caught.value) == "jwks_uri is not an http or https address that can be opened safely"

    @given(st.text(st.characters(), max_size=40), st.sampled_from(["", "http://", "https://", "https://["]))
    def test_any_text_is_returned_or_refused(self, rest: str, start: str) -> None:
        try:
            uri = web_uri(start + rest, "verification_uri")
        except MalformedMessageError:
            return
        assert uri.lower().startswith(("http://", "https://"))
        assert uri.isascii()
        assert uri.isprintable()
        assert " " not in uri
