"""Base64url without padding (RFC 7515 §2 and appendix C)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pairgrant_protocol.base64url import Base64URLError, base64url, from_base64url, is_base64url_of_sha256


def test_example_of_rfc_7515_appendix_c() -> None:
    raw = bytes([3, 236, 255, 224, 193])
    assert base64url(raw) == "A-z_4ME"
    assert from_base64url("A-z_4ME") == raw


@given(raw=st.binary(max_size=100))
def test_decoding_reverses_encoding(raw: bytes) -> None:
    assert from_base64url(base64url(raw)) == raw


@pytest.mark.parametrize(
    "text", ["A", "AAAAA", "AA==", "A+z/", "A z_", "A\nz_", "Ä-z_", "AAAA\n", "A\ud800z_", "AAA=A"]
)
def test_other_text_is_refused(text: str) -> None:
    with pytest.raises(Base64URLError):
        from_base64url(text)


@pytest.mark.parametrize(("text", "expected"), [("A" * 43, True), ("A" * 42, False), ("A" * 42 + "=", False)])
def test_sha256_has_43_characters(text: str, *, expected: bool) -> None:
    assert is_base64url_of_sha256(text) is expected


def test_unused_bits_of_the_last_character_are_ignored() -> None:
    assert from_base64url("AB") == from_base64url("AA") == b"\0"
