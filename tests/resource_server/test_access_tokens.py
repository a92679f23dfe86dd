"""Every token that must open nothing, and the few that open (RFC 9068 §4, RFC 7519, RFC 8725)."""

import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from joserfc import jws
from joserfc.jwk import ECKey, RSAKey

Mint = Callable[..., str]
Ask = Callable[[str], Awaitable[httpx.Response]]

NOW = 1_790_000_000


def encoded(part: bytes) -> str:
    return urlsafe_b64encode(part).decode().rstrip("=")


def said(response: httpx.Response) -> str:
    """The description, once the refusal has been seen to be a whole one (RFC 6750 §3.1)."""
    assert response.status_code == 401
    assert response.json()["error"] == "invalid_token"
    description: str = response.json()["error_description"]
    assert response.headers["www-authenticate"] == (
        f'Bearer error="invalid_token", error_description="{description}", '
        'resource_metadata="https://pair.example/.well-known/oauth-protected-resource/board"'
    )
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["x-content-type-options"] == "nosniff"
    return description


class TestAcceptedTokens:
    @pytest.mark.parametrize(
        "change",
        [
            {},
            {"aud": ["https://other.example", "https://pair.example/board"]},
            {"exp": NOW - 4},  # within the leeway
            {"iat": NOW + 5, "nbf": NOW + 5},
            {"nbf": NOW - 1},
            {"exp": NOW + 60.5},
            {"header": {"typ": "application/at+jwt"}},
            {"header": {"typ": "AT+JWT"}},
            {"header": {"kid": None}},  # the issuer has one key for the algorithm
            {"header": {"unknown": "ignored"}},
        ],
    )
    async def test_token_of_the_issuer_for_this_resource_is_accepted(
        self, ask: Ask, mint: Mint, change: dict[str, Any]
    ) -> None:
        assert (await ask(mint(**change))).status_code == 200

    async def test_rs256_token_is_accepted(
        self, ask: Ask, mint: Mint, publish: Callable[..., None], key: ECKey, rsa_key: RSAKey
    ) -> None:
        publish(key, rsa_key)
        assert (await ask(mint(rsa_key, alg="RS256"))).status_code == 200
        assert (await ask(mint())).status_code == 200


class TestClaims:
    @pytest.mark.parametrize(
        ("change", "description"),
        [
            ({"exp": NOW - 5}, "has expired"),
            ({"exp": 0}, "has expired"),
            ({"iat": NOW + 6}, "not valid yet"),
            ({"nbf": NOW + 6}, "not valid yet"),
            ({"iss": "https://pair.example/"}, "another issuer"),
            ({"iss": "https://evil.example"}, "another issuer"),
            ({"aud": "https://pair.example"}, "another resource"),
            ({"aud": "https://pair.example/board/notices"}, "another resource"),
            ({"aud": ["lobby-tv"]}, "another resource"),
            ({"aud": []}, "another resource"),
            ({"aud": {"https://pair.example/board": 1}}, "another resource"),
            ({"aud": None}, "another resource"),
            ({"cnf": {"jkt": "0ZcOCORZNYy"}}, "send it with the scheme DPoP and a proof"),
            ({"cnf": {"x5t#S256": "0ZcOCORZNYy"}}, "bound in a way"),
            ({"cnf": "0ZcOCORZNYy"}, "bound in a way"),
        ],
    )
    async def test_a_claim_that_does_not_hold_is_refused(
        self, ask: Ask, mint: Mint, change: dict[str, Any], description: str
    ) -> None:
        assert description in said(await ask(mint(**change)))

    @pytest.mark.parametrize("name", ["iss", "exp", "iat", "sub", "client_id", "jti"])
    async def test_every_claim_of_the_profile_is_required(self, ask: Ask, mint: Mint, name: str) -> None:
        assert "claim of RFC 9068" in said(await ask(mint(**{name: None})))

    @pytest.mark.parametrize(
        "change",
        [
            {"exp": str(NOW + 600)},
            {"exp": True},
            {"exp": 10**400},
            {"exp": -1},
            {"nbf": "soon"},
            {"iat": [NOW]},
            {"sub": 7},
            {"sub": "x" * 256},
            {"sub": ["u1"]},
            {"iss": ["https://pair.example"]},
            {"scope": ["board:read"]},
        ],
    )
    async def test_a_malformed_claim_is_refused(self, ask: Ask, mint: Mint, change: dict[str, Any]) -> None:
        assert "malformed" in said(await ask(mint(**change)))

    @pytest.mark.parametrize(
        "payload", [b"[]", b"null", b"{", b"\xff", b"", b'{"exp": NaN}', b"[" * 4000, b'{"exp": 1e999}']
    )
    async def test_a_signed_payload_that_is_no_object_of_claims_is_refused(
        self, ask: Ask, key: ECKey, payload: bytes
    ) -> None:
        token = jws.serialize_compact({"alg": "ES256", "typ": "at+jwt", "kid": "k1"}, payload, key)
        assert "malformed" in said(await ask(token))


class TestSignature:
    async def test_alg_none_is_refused(self, ask: Ask, mint: Mint) -> None:
        payload = mint().split(".")[1]
        for alg in ("none", "None", "NONE"):
            head = encoded(json.dumps({"alg": alg, "typ": "at+jwt", "kid": "k1"}).encode())
            for signature in ("", mint().split(".")[2]):
                assert "not signed with" in said(await ask(f"{head}.{payload}.{signature}"))

    @pytest.mark.parametrize("form", ["pem", "jwk"])
    async def test_public_key_as_hmac_secret_is_refused(
        self, ask: Ask, mint: Mint, publish: Callable[..., None], rsa_key: RSAKey, form: str
    ) -> None:
        publish(rsa_key)
        published = json.dumps(rsa_key.as_dict(private=False)).encode()
        public = rsa_key.as_pem(private=False) if form == "pem" else published
        head = encoded(json.dumps({"alg": "HS256", "typ": "at+jwt", "kid": "r1"}).encode())
        signed = f"{head}.{mint().split('.')[1]}"
        forged = hmac.digest(public, signed.encode(), "sha256")
        assert "not signed with" in said(await ask(f"{signed}.{encoded(forged)}"))

    async def test_another_algorithm_of_the_right_family_is_refused(
        self, ask: Ask, mint: Mint, publish: Callable[..., None], rsa_key: RSAKey
    ) -> None:
        publish(rsa_key)
        assert "not signed with" in said(await ask(mint(rsa_key, alg="PS256")))
        assert "not signed with" in said(await ask(mint(rsa_key, alg="RS512")))

    async def test_key_of_another_algorithm_is_refused(self, ask: Ask, mint: Mint, rsa_key: RSAKey) -> None:
        assert "does not publish" in said(await ask(mint(rsa_key, alg="RS256", header={"kid": "k1"})))

    async def test_a_foreign_key_under_the_issuers_kid_is_refused(self, ask: Ask, mint: Mint) -> None:
        forger = ECKey.generate_key("P-256", {"kid": "k1"})
        assert "signature" in said(await ask(mint(forger)))

    async def test_a_key_that_the_token_brings_along_is_ignored(self, ask: Ask, mint: Mint) -> None:
        forger = ECKey.generate_key("P-256", {"kid": "k1"})
        for header in (
            {"jwk": forger.as_dict(private=False)},
            {"jku": "https://evil.example/jwks"},
        ):
            assert "signature" in said(await ask(mint(forger, header=header)))

    @pytest.mark.parametrize("part", [0, 1, 2])
    async def test_a_token_altered_in_any_part_is_refused(self, ask: Ask, mint: Mint, part: int) -> None:
        parts = mint().split(".")
        raw = urlsafe_b64decode(parts[part] + "=" * (-len(parts[part]) % 4))
        altered = {
            0: raw.replace(b'"at+jwt"', b'"AT+jwt"'),
            1: raw.replace(b'"u1"', b'"u2"'),
            2: bytes([raw[0] ^ 1]) + raw[1:],
        }[part]
        assert altered != raw
        parts[part] = encoded(altered)
        assert "signature" in said(await ask(".".join(parts)))

    @pytest.mark.parametrize("signature", ["", "AAAA", "A" * 86, "_" * 86, "A" * 1400])
    async def test_a_signature_of_nothing_is_refused(self, ask: Ask, mint: Mint, signature: str) -> None:
        token = ".".join([*mint().split(".")[:2], signature])
        assert "signature" in said(await ask(token))

    async def test_critical_extensions_are_refused(self, ask: Ask, mint: Mint, key: ECKey) -> None:
        header = {"alg": "ES256", "typ": "at+jwt", "kid": "k1", "b64": False, "crit": ["b64"]}
        assert "extension" in said(await ask(mint(header={"crit": ["typ"]})))
        head = encoded(json.dumps(header).encode())
        assert "extension" in said(await ask(f"{head}.{'.'.join(mint().split('.')[1:])}"))


class TestHeader:
    @pytest.mark.parametrize("typ", ["JWT", "jwt", "logout+jwt", "dpop+jwt", "at+jwt2", ""])
    async def test_a_jwt_of_another_type_is_no_access_token(self, ask: Ask, mint: Mint, typ: str) -> None:
        assert said(await ask(mint(header={"typ": typ})))

    async def test_an_id_token_is_no_access_token(self, ask: Ask, mint: Mint) -> None:
        id_token = mint(header={"typ": "JWT"}, aud=["lobby-tv", "https://pair.example/board"])
        assert "another type" in said(await ask(id_token))
        assert "not a JWT of RFC 9068" in said(await ask(mint(header={"typ": None})))

    @pytest.mark.parametrize(
        "header",
        [
            b'"alg b64"',
            b"[]",
            b"7",
            b"{}",
            b"{",
            b"\xff\xfe",
            b"[" * 5000,
            b'{"alg": 7, "typ": "at+jwt"}',
            b'{"alg": "ES256", "typ": ["at+jwt"]}',
            b'{"alg": "ES256", "typ": "at+jwt", "kid": {"k1": 1}}',
            b'{"alg": "ES256", "typ": "at+jwt", "kid": "' + b"k" * 201 + b'"}',
        ],
    )
    async def test_malformed_header_is_refused(self, ask: Ask, mint: Mint, header: bytes) -> None:
        rest = mint().split(".", 1)[1]
        assert "not a JWT" in said(await ask(f"{encoded(header)}.{rest}"))

    @pytest.mark.parametrize("token", ["x", ".", "..", "...", "a.b", "a.b.c", "a.b.c.d.e", "e30.e30.e30"])
    async def test_garbage_is_refused(self, ask: Ask, token: str) -> None:
        assert "not a JWT" in said(await ask(token))

    async def test_a_token_in_more_or_fewer_parts_is_refused(self, ask: Ask, mint: Mint) -> None:
        token = mint()
        assert said(await ask(token + ".x"))
        assert said(await ask(token.rpartition(".")[0]))

    async def test_token_over_the_size_limit_is_refused_unparsed(self, ask: Ask, mint: Mint) -> None:
        assert "too long" in said(await ask(mint(filler="x" * 9000)))

    async def test_nothing_of_a_refused_token_is_sent_back(self, ask: Ask, mint: Mint) -> None:
        hostile = 'x"\\\r\nSet-Cookie: a=b'
        for token in (mint(iss=hostile), mint(header={"typ": hostile}), mint(header={"kid": hostile})):
            response = await ask(token)
            assert said(response)
            assert "Set-Cookie" not in response.text + str(response.headers)


class TestScope:
    @pytest.mark.parametrize(
        "scope", [None, "", "openid", "board", "board:reader", "board:write", "BOARD:READ"]
    )
    async def test_reading_needs_board_read(self, ask: Ask, mint: Mint, scope: str | None) -> None:
        response = await ask(mint(scope=scope))
        assert response.status_code == 403
        assert response.json()["error"] == "insufficient_scope"
        assert response.headers["www-authenticate"] == (
            'Bearer error="insufficient_scope", '
            'error_description="the access token lacks the scope board:read", scope="board:read", '
            'resource_metadata="https://pair.example/.well-known/oauth-protected-resource/board"'
        )

    async def test_writing_needs_board_write(self, stranger: httpx.AsyncClient, mint: Mint) -> None:
        headers = {"authorization": f"Bearer {mint(scope='board:read')}"}
        for response in (
            await stranger.post("/board/notices", headers=headers, json={"text": "Milk"}),
            await stranger.delete("/board/notices/n1", headers=headers),
        ):
            assert response.status_code == 403
            assert 'scope="board:write"' in response.headers["www-authenticate"]
