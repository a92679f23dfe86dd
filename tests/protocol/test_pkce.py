"""RFC 7636 §4.1, §4.2, §4.6 and appendix B."""

import pytest

from pairgrant_protocol.pkce import code_challenge_of, is_code_verifier, verifier_matches

VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def test_challenge_of_appendix_b() -> None:
    assert code_challenge_of(VERIFIER) == CHALLENGE


@pytest.mark.parametrize(
    ("text", "expected"),
    [("a" * 42, False), ("a" * 43, True), ("-._~" * 32, True), ("a" * 129, False), ("a" * 42 + "=", False)],
)
def test_verifier_has_43_to_128_unreserved_characters(text: str, *, expected: bool) -> None:
    assert is_code_verifier(text) is expected


def test_verifier_of_appendix_b_matches_its_challenge() -> None:
    assert verifier_matches(CHALLENGE, VERIFIER)


@pytest.mark.parametrize(
    "other", [None, "", CHALLENGE, VERIFIER + "=", VERIFIER[:-1], VERIFIER + "A", VERIFIER * 4, "ä" * 43]
)
def test_any_other_verifier_does_not_match(other: str | None) -> None:
    assert not verifier_matches(CHALLENGE, other)
