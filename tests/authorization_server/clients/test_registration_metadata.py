"""The metadata that the registration endpoint takes and refuses (RFC 7591 §2)."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from pairgrant_protocol.secret import Secret
from pairgrant_protocol.vocabulary import GrantType
from tests.authorization_server.clients.registering import DEVICE, SERVICE, new_token, outcome, register
from tests.authorization_server.server_under_test import ServerUnderTest

MakeSigner = Callable[..., Any]


@pytest.fixture
async def token(server: ServerUnderTest) -> str:
    return await new_token(server)


class TestMetadata:
    @pytest.mark.parametrize(
        "changed",
        [
            {"token_endpoint_auth_method": "client_secret_jwt"},
            {"token_endpoint_auth_method": 7},
            {"token_endpoint_auth_method": "private_key_jwt"},
            {"grant_types": ["implicit"]},
            {"grant_types": ["password"]},
            {"grant_types": []},
            {"grant_types": "refresh_token"},
            {"grant_types": [["x"]]},
            {"grant_types": ["x"] * 21},
            {"grant_types": [GrantType.JWT_BEARER]},
            {"grant_types": ["client_credentials"]},
            {"response_types": ["code"]},
            {"response_types": ["token"]},
            {"response_types": ["code", "id_token"]},
            {"client_name": "Lobby\u202eVT"},
            {"client_name": "Lobby\u200bTV"},
            {"client_name": "a\nb"},
            {"client_name": "x" * 81},
            {"client_name": {"x": 1}},
            {"scope": "openid\x01"},
            {"scope": ["openid"]},
            {"id_token_signed_response_alg": "none"},
            {"id_token_signed_response_alg": "HS256"},
            {"dpop_bound_access_tokens": "true"},
            {"require_pushed_authorization_requests": 1},
            {"require_pushed_authorization_requests": True},
            {"post_logout_redirect_uris": ["javascript:alert(1)"]},
            {"jwks_uri": "http://169.254.169.254/latest/meta-data"},
            {"jwks": {"keys": []}},
        ],
        ids=str,
    )
    async def test_invalid_metadata_is_refused(
        self, server: ServerUnderTest, token: str, changed: dict[str, Any]
    ) -> None:
        response = await register(server, token, {**DEVICE, **changed})
        assert outcome(response) == (400, "invalid_client_metadata")
        assert len(await server.store.clients()) == 3

    @pytest.mark.parametrize(
        "uris",
        [
            ["https://app.example/cb#x"],
            ["javascript:alert(1)"],
            ["http://app.example/cb"],
            ["https://user@app.example/"],
            ["/cb"],
            [""],
            [7],
            "https://app.example/cb",
            ["https://app.example/cb"] * 21,
        ],
        ids=str,
    )
    async def test_invalid_redirect_uri_has_an_error_code_of_its_own(
        self, server: ServerUnderTest, token: str, uris: Any
    ) -> None:
        response = await register(server, token, {**DEVICE, "redirect_uris": uris})
        assert outcome(response) == (400, "invalid_redirect_uri")

    async def test_code_flow_needs_a_redirect_uri(self, server: ServerUnderTest) -> None:
        made: Secret = await server.parts.initial_access_tokens.add(
            "apps", grant_types=frozenset(GrantType), scope=("openid",), uses=1, lifetime=60
        )
        token = made.reveal()
        app: dict[str, Any] = {"client_name": "App", "require_pushed_authorization_requests": True}
        assert outcome(await register(server, token, app)) == (400, "invalid_redirect_uri")
        app["redirect_uris"] = ["https://app.example/callback", "http://127.0.0.1/callback"]
        response = await register(server, token, app)
        assert response.status_code == 201
        assert app.items() <= response.json().items()
        assert response.json()["grant_types"] == ["authorization_code"]
        assert response.json()["response_types"] == ["code"]

    @pytest.mark.parametrize(
        "broken",
        ["private", "secret", "weak", "curve", "encryption", "twice", "nameless", "not on the curve", "text"],
    )
    async def test_keys_must_be_public_and_strong_and_have_distinct_kids(
        self, server: ServerUnderTest, token: str, signer_of: MakeSigner, broken: str
    ) -> None:
        signer, rsa = signer_of(), signer_of("RS256")
        sets: dict[str, Any] = {
            "private": {"keys": [signer.key.as_dict(private=True)]},
            "secret": {"keys": [{"kty": "oct", "k": "AAAA"}]},
            "weak": {"keys": [{**rsa.jwk, "n": rsa.jwk["n"][:170]}]},
            "curve": {"keys": [{**signer.jwk, "crv": "secp256k1"}]},
            "encryption": {"keys": [{**signer.jwk, "use": "enc"}]},
            "twice": {"keys": [signer.jwk, signer.jwk]},
            "nameless": {"keys": [signer.jwk, {**signer.jwk, "kid": None}]},
            "not on the curve": {"keys": [{**signer.jwk, "x": signer.jwk["y"]}]},
            "text": signer.jwks,
        }
        metadata = {**SERVICE, "token_endpoint_auth_method": "private_key_jwt", "jwks": sets[broken]}
        response = await register(server, token, metadata)
        assert outcome(response) == (400, "invalid_client_metadata")
        if broken == "private":
            assert signer.key.as_dict(private=True)["d"] not in response.text

    async def test_keys_beside_a_secret_are_refused(
        self, server: ServerUnderTest, token: str, signer_of: MakeSigner
    ) -> None:
        metadata = {**SERVICE, "jwks": {"keys": [signer_of().jwk]}}
        assert outcome(await register(server, token, metadata)) == (400, "invalid_client_metadata")

    async def test_error_has_no_control_characters(self, server: ServerUnderTest, token: str) -> None:
        response = await register(
            server, token, {**DEVICE, "redirect_uris": ["https://a.example/\x1b[31m\u202e#"]}
        )
        assert response.json()["error_description"].isprintable()

    @pytest.mark.parametrize(
        "metadata",
        [
            {**DEVICE, "redirect_uris": ['https://a.example/"\\#ä…']},
            {**DEVICE, "redirect_uris": ["https://a.example/" + "a" * 1000 + "#"]},
            {**DEVICE, "client_name": "x" * 200},
        ],
    )
    async def test_error_description_has_only_the_characters_of_the_rfc(
        self, server: ServerUnderTest, token: str, metadata: dict[str, Any]
    ) -> None:
        """RFC 6749 §5.2: printable ASCII without a quotation mark and a backslash."""
        response = await register(server, token, metadata)
        assert response.status_code == 400
        assert re.fullmatch(r"[ !#-\[\]-~]+", response.json()["error_description"])
