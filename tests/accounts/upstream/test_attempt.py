"""A pending sign-in: the authorization request, and how long a response is accepted."""

import base64
import hashlib
from itertools import count
from urllib.parse import parse_qsl, urlsplit

import pytest

from pairgrant_server.accounts.upstream.attempt import LIFETIME, Attempt, authorization_uri
from pairgrant_server.accounts.upstream.provider_metadata import ProviderMetadata
from pairgrant_server.authorization_server.model.records import Upstream

NOW = 1_790_000_000.0
ISSUER = "https://accounts.example"
UPSTREAM = Upstream("example", "Example", ISSUER, "my id&", None, ("openid", "email"), True, NOW)
METADATA = ProviderMetadata(ISSUER, f"{ISSUER}/authorize?tenant=1", f"{ISSUER}/token", f"{ISSUER}/jwks")


def attempt(*, wants_fresh: bool = False) -> Attempt:
    numbers = count(1)
    return Attempt.new(
        "example",
        now=NOW,
        token_bytes=lambda size: bytes([next(numbers)]) * size,
        next_page="/board",
        user_code="BCDFGHJK",
        wants_fresh=wants_fresh,
    )


def test_state_nonce_and_verifier_are_256_random_bits_each() -> None:
    began = attempt()
    secrets = (began.state, began.nonce, began.code_verifier)
    assert [base64.urlsafe_b64decode(secret + "=") for secret in secrets] == [
        bytes([number]) * 32 for number in (1, 2, 3)
    ]
    assert all(secret not in repr(began) for secret in (*secrets, "BCDFGHJK"))


def test_attempt_survives_serialization() -> None:
    assert Attempt.parse(attempt().serialize()) == attempt()


@pytest.mark.parametrize("text", [b"", b"[]", b"{}", b'{"upstream": "a", "tomorrow": 1}'])
def test_attempt_of_another_version_is_none(text: bytes) -> None:
    assert Attempt.parse(text) is None


@pytest.mark.parametrize(
    ("later", "is_expired"),
    [(0, False), (LIFETIME - 1, False), (LIFETIME, True), (-30, False), (-3600, True)],
)
def test_attempt_expires_after_its_lifetime(later: float, *, is_expired: bool) -> None:
    assert attempt().is_expired(NOW + later) is is_expired


def test_authorization_uri_has_all_parameters() -> None:
    began = attempt()
    uri = authorization_uri(METADATA, UPSTREAM, began, "https://pair.example/signin/from/example")
    challenge = hashlib.sha256(began.code_verifier.encode()).digest()
    assert uri.startswith(f"{ISSUER}/authorize?tenant=1&")
    assert dict(parse_qsl(urlsplit(uri).query)) == {
        "tenant": "1",
        "response_type": "code",
        "client_id": "my id&",
        "redirect_uri": "https://pair.example/signin/from/example",
        "scope": "openid email",
        "state": began.state,
        "nonce": began.nonce,
        "code_challenge": base64.urlsafe_b64encode(challenge).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
    }


def test_fresh_sign_in_sends_prompt_and_max_age() -> None:
    uri = authorization_uri(METADATA, UPSTREAM, attempt(wants_fresh=True), "https://pair.example/x")
    assert {("prompt", "login"), ("max_age", "0")} <= set(parse_qsl(urlsplit(uri).query))
