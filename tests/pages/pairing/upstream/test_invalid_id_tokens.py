"""ID tokens that are refused, by their signature or by their claims."""

import hmac
import json
from base64 import urlsafe_b64encode
from collections.abc import Callable
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from tests.fake_provider import FakeProvider
from tests.pages.pairing.upstream.trip import Trip
from tests.pages.site_under_test import Browser, SiteUnderTest, is_signed_in

ISSUER = "https://accounts.example"
FORGED = 400


def hs256_with(secret: Callable[[Any], bytes]) -> Callable[[Any], Callable[[dict[str, Any]], str]]:
    """By hand, because joserfc refuses to take part in this."""

    def forge(provider: FakeProvider) -> Callable[[dict[str, Any]], str]:
        def token(claims: dict[str, Any]) -> str:
            parts = (json.dumps(part).encode() for part in ({"alg": "HS256", "kid": "k1"}, claims))
            signed = ".".join(base64url(part) for part in parts)
            return f"{signed}.{base64url(hmac.digest(secret(provider), signed.encode(), 'sha256'))}"

        return token

    return forge


def base64url(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def unsigned(provider: FakeProvider) -> Callable[[dict[str, Any]], str]:
    def forge(claims: dict[str, Any]) -> str:
        signed = jwt.encode(provider.header, claims, provider.key)
        head = "eyJhbGciOiJub25lIiwia2lkIjoiazEifQ"  # {"alg":"none","kid":"k1"}
        return f"{head}.{signed.split('.')[1]}."

    return forge


def of_a_stranger(provider: FakeProvider) -> Callable[[dict[str, Any]], str]:
    key = ECKey.generate_key("P-256")
    return lambda claims: jwt.encode({"alg": "ES256", "kid": "k1"}, claims, key)


def with_its_own_key(provider: FakeProvider) -> Callable[[dict[str, Any]], str]:
    key = ECKey.generate_key("P-256", {"kid": "mine"})
    header = {"alg": "ES256", "jwk": key.as_dict(private=False)}
    return lambda claims: jwt.encode(header, claims, key)


def altered(provider: FakeProvider) -> Callable[[dict[str, Any]], str]:
    def forge(claims: dict[str, Any]) -> str:
        one, other = (
            jwt.encode(provider.header, {**claims, "sub": subject}, provider.key).split(".")
            for subject in ("mine", "248289")
        )
        return f"{other[0]}.{other[1]}.{one[2]}"

    return forge


class TestInvalidIdTokens:
    @pytest.mark.parametrize(
        "forge",
        [
            pytest.param(unsigned, id="alg none"),
            pytest.param(hs256_with(lambda p: p.key.as_pem(private=False)), id="HS256 under the public PEM"),
            pytest.param(
                hs256_with(lambda p: json.dumps(p.key.as_dict(private=False)).encode()), id="… under the JWK"
            ),
            pytest.param(hs256_with(lambda _: b"a secret: with % and " * 2), id="… under anything"),
            pytest.param(of_a_stranger, id="another key with that kid"),
            pytest.param(with_its_own_key, id="a key that it brings along"),
            pytest.param(altered, id="altered"),
            pytest.param(lambda _: lambda _: "no.jwt.at all", id="no JWT"),
            pytest.param(lambda _: lambda _: "a.b.c.d.e", id="encrypted"),
            pytest.param(lambda _: lambda _: "x" * 100_000, id="huge"),
        ],
    )
    async def test_id_token_signed_by_another_key_is_refused(
        self, trip: Trip, site: SiteUnderTest, browser: Browser, provider: FakeProvider, forge: Any
    ) -> None:
        provider.forge = forge(provider)
        assert (await trip.sign_in(browser)).status_code == FORGED
        assert not await trip.is_signed_in(browser)
        assert len(await site.backend.people.users()) == 2

    @pytest.mark.parametrize(
        "changes",
        [
            {"nonce": "another"},
            {"iss": "https://evil.example"},
            {"aud": "another"},
            {"exp": 1_790_000_000 - 61},
            {"iat": 1_790_000_000 + 120},
            {"sub": None},
        ],
        ids=str,
    )
    async def test_id_token_with_a_wrong_claim_is_refused(
        self, trip: Trip, browser: Browser, provider: FakeProvider, changes: dict[str, Any]
    ) -> None:
        provider.changes = changes
        assert (await trip.sign_in(browser)).status_code == FORGED
        assert not await trip.is_signed_in(browser)

    @pytest.mark.parametrize(
        "changes",
        [
            {"aud": ["pairgrant", "another"], "azp": "pairgrant"},
            {"groups": ["g" * 36] * 200},
        ],
        ids=",".join,
    )
    async def test_id_token_with_unusual_valid_claims_is_accepted(
        self, trip: Trip, browser: Browser, provider: FakeProvider, changes: dict[str, Any]
    ) -> None:
        provider.changes = changes
        assert is_signed_in(await trip.sign_in(browser))

    async def test_id_token_signed_with_rsa_is_accepted(
        self, trip: Trip, browser: Browser, provider: FakeProvider
    ) -> None:
        provider.key = RSAKey.generate_key(2048, {"kid": "r1"})
        provider.header = {"alg": "RS256", "kid": "r1"}
        assert is_signed_in(await trip.sign_in(browser))

    async def test_unknown_kid_causes_no_repeated_fetch(
        self, trip: Trip, site: SiteUnderTest, provider: FakeProvider
    ) -> None:
        assert is_signed_in(await trip.sign_in(await site.browser()))
        provider.header = {"alg": "ES256", "kid": "k2"}
        assert (await trip.sign_in(await site.browser())).status_code == FORGED
        assert (await trip.sign_in(await site.browser())).status_code == FORGED
        assert provider.asked.count("/jwks") == 1, "it was fetched a moment ago"
