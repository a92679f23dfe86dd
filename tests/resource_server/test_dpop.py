"""Tokens that are bound to a key, at a stranger's API: RFC 9449 §7."""

import json
from base64 import urlsafe_b64encode
from collections.abc import Callable
from hashlib import sha256
from typing import Any

import httpx
import pytest
from joserfc import jws
from joserfc.jwk import ECKey

Mint = Callable[..., str]

KEY = ECKey.generate_key("P-256")
OTHER = ECKey.generate_key("P-256")
URL = "https://pair.example/board/notices"
REGISTRY = jws.JWSRegistry(algorithms=["ES256"], strict_check_header=False)


@pytest.fixture
def bound(mint: Mint) -> str:
    return mint(cnf={"jkt": KEY.thumbprint()})


@pytest.fixture
def prove(instants: dict[str, float], bound: str) -> Callable[..., str]:
    numbers = iter(range(1000))

    def prove(key: ECKey = KEY, **changes: Any) -> str:
        hashed = urlsafe_b64encode(sha256(bound.encode()).digest()).decode().rstrip("=")
        claims = {
            "jti": f"p{next(numbers)}",
            "htm": "GET",
            "htu": URL,
            "iat": int(instants["unix"]),
            "ath": hashed,
            **changes,
        }
        head = {"typ": "dpop+jwt", "alg": "ES256", "jwk": key.as_dict(private=False)}
        return jws.serialize_compact(head, json.dumps(claims).encode(), key, registry=REGISTRY)

    return prove


async def ask(stranger: httpx.AsyncClient, token: str, *proofs: str, scheme: str = "DPoP") -> httpx.Response:
    headers = [("authorization", f"{scheme} {token}"), *(("dpop", proof) for proof in proofs)]
    return await stranger.get("/board/notices", headers=headers)


async def test_bound_token_with_its_proof_is_accepted(
    stranger: httpx.AsyncClient, bound: str, prove: Callable[..., str]
) -> None:
    assert (await ask(stranger, bound, prove())).status_code == 200


async def test_bound_token_sent_as_bearer_is_refused_and_told_the_scheme(
    stranger: httpx.AsyncClient, bound: str, prove: Callable[..., str]
) -> None:
    for proofs in ((), (prove(),)):
        response = await ask(stranger, bound, *proofs, scheme="Bearer")
        assert (response.status_code, response.json()["error"]) == (401, "invalid_token")
        assert "send it with the scheme DPoP and a proof" in response.json()["error_description"]
        assert "send it with the scheme DPoP and a proof" in response.headers["www-authenticate"]


async def test_unbound_token_sent_with_a_proof_is_refused(
    stranger: httpx.AsyncClient, mint: Mint, prove: Callable[..., str]
) -> None:
    token = mint()
    hashed = urlsafe_b64encode(sha256(token.encode()).digest()).decode().rstrip("=")
    response = await ask(stranger, token, prove(ath=hashed))
    assert (response.status_code, response.json()["error"]) == (401, "invalid_token")
    assert "send it with the scheme Bearer" in response.json()["error_description"]


async def test_bound_token_with_a_proof_of_another_key_is_refused(
    stranger: httpx.AsyncClient, bound: str, prove: Callable[..., str]
) -> None:
    response = await ask(stranger, bound, prove(OTHER))
    assert (response.status_code, response.json()["error"]) == (401, "invalid_token")
    assert "bound to another key" in response.json()["error_description"]
    assert response.headers["www-authenticate"].startswith('DPoP error="invalid_token", ')
    assert response.headers["www-authenticate"].endswith('algs="ES256 RS256 PS256 EdDSA"')


async def test_bound_token_without_the_scope_is_refused_with_a_dpop_challenge(
    stranger: httpx.AsyncClient, mint: Mint, prove: Callable[..., str]
) -> None:
    token = mint(cnf={"jkt": KEY.thumbprint()}, scope="openid")
    hashed = urlsafe_b64encode(sha256(token.encode()).digest()).decode().rstrip("=")
    response = await ask(stranger, token, prove(ath=hashed))
    assert (response.status_code, response.json()["error"]) == (403, "insufficient_scope")
    assert response.headers["www-authenticate"].startswith("DPoP ")


async def test_metadata_names_the_algorithms(stranger: httpx.AsyncClient) -> None:
    """RFC 9728 §2."""
    document = (await stranger.get("/.well-known/oauth-protected-resource/board")).json()
    assert document["dpop_signing_alg_values_supported"] == ["ES256", "RS256", "PS256", "EdDSA"]


@pytest.mark.parametrize(
    "changes",
    [
        {"htm": "POST"},
        {"htu": "https://pair.example/board"},
        {"htu": "https://other.example/board/notices"},
        {"ath": "another"},
        {"iat": 1},
    ],
)
async def test_proof_for_another_request_or_token_is_refused(
    stranger: httpx.AsyncClient, bound: str, prove: Callable[..., str], changes: dict[str, Any]
) -> None:
    response = await ask(stranger, bound, prove(**changes))
    assert (response.status_code, response.json()["error"]) == (401, "invalid_dpop_proof")
    assert response.headers["www-authenticate"].startswith("DPoP ")


async def test_missing_repeated_or_used_proof_is_refused(
    stranger: httpx.AsyncClient, bound: str, prove: Callable[..., str]
) -> None:
    used = prove()
    assert (await ask(stranger, bound, used)).status_code == 200
    for proofs in ((), (prove(), prove()), (used,)):
        response = await ask(stranger, bound, *proofs)
        assert (response.status_code, response.json()["error"]) == (401, "invalid_dpop_proof")
