"""DPoP (RFC 9449): proofs are checked strictly, and what is bound to a key is useless without it."""

import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey
from joserfc.jws import JWSRegistry

from pairgrant_protocol.secret import Secret
from pairgrant_server.authorization_server.authentication.dpop import DPoP
from pairgrant_server.authorization_server.jose.dpop_proof import DPoPProof, DPoPProofError
from pairgrant_server.authorization_server.jose.seen_proofs import SeenProofs
from pairgrant_server.authorization_server.model.client_policy import ClientPolicy
from pairgrant_server.authorization_server.model.settings import ServerSettings
from pairgrant_server.authorization_server.secrets.server_key import ServerKey
from tests.authorization_server.server_under_test import ServerUnderTest

ISSUER = "http://pair.example:8628"
NOW = 1_790_000_000.0
KEY = ECKey.generate_key("P-256")
OTHER = ECKey.generate_key("P-256")


def ath(token: str) -> str:
    return encoded(sha256(token.encode()).digest())


def proof(
    path: str = "/token", key: Any = KEY, *, method: str = "POST", at: float = NOW, **changes: Any
) -> str:
    """A proof for ``path``.

    Changes go into the head where they belong there, and None leaves a member out.
    """
    head = {"typ": "dpop+jwt", "alg": "ES256", "jwk": key.as_dict(private=False)}
    claims = {"jti": secrets.token_hex(8), "htm": method, "htu": ISSUER + path, "iat": int(at)}
    for name, value in changes.items():
        (head if name in {"typ", "alg", "jwk", "crit"} else claims)[name] = value
    return signed(head, claims, key)


def signed(head: dict[str, Any], claims: dict[str, Any], key: Any) -> str:
    """A compact JWS assembled by hand, because libraries refuse to make most of these."""
    parts = [{name: value for name, value in part.items() if value is not None} for part in (head, claims)]
    text = ".".join(encoded(json.dumps(part).encode()) for part in parts)
    signature = JWSRegistry.algorithms[head["alg"]].sign(text.encode(), key)
    return f"{text}.{encoded(signature)}"


def encoded(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")


def read(text: str, **changes: Any) -> DPoPProof:
    return DPoPProof.read(text, **{"method": "POST", "url": f"{ISSUER}/token", "now": NOW, **changes})


_RFC_HEAD = (
    "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJo"
    "RjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19"
)
RFC_PROOF = (
    f"{_RFC_HEAD}."
    "eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIjoiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2VuIiwiaWF0"
    "IjoxNTYyMjYyNjE2fQ."
    "2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg"
)
RFC_PROOF_FOR_TOKEN = (
    f"{_RFC_HEAD}."
    "eyJqdGkiOiJlMWozVl9iS2ljOC1MQUVCIiwiaHRtIjoiR0VUIiwiaHR1IjoiaHR0cHM6Ly9yZXNvdXJjZS5leGFtcGxlLm9yZy9wcm90ZWN0ZWRy"
    "ZXNvdXJjZSIsImlhdCI6MTU2MjI2MjYxOCwiYXRoIjoiZlVIeU8ycjJaM0RaNTNFc05yV0JiMHhXWG9hTnk1OUlpS0NBcWtzbVFFbyJ9."
    "2oW9RP35yRqzhrtNP86L-Ey71EOptxRimPPToA1plemAgR6pxHF8y6-yqyVnmcw6Fy1dqd-jfxSYoMxhAJpLjA"
)
RFC_TOKEN = "Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU"


class TestProof:
    @pytest.mark.parametrize(
        ("make", "alg"),
        [
            (lambda: ECKey.generate_key("P-256"), "ES256"),
            (lambda: RSAKey.generate_key(2048), "RS256"),
            (lambda: RSAKey.generate_key(2048), "PS256"),
            (lambda: OKPKey.generate_key("Ed25519"), "EdDSA"),
        ],
    )
    def test_proof_has_the_thumbprint_of_its_key(self, make: Callable[[], Any], alg: str) -> None:
        key = make()
        assert read(proof(key=key, alg=alg)).jkt == key.thumbprint()

    def test_rfc_example_key_has_the_thumbprint_of_the_rfc(self) -> None:
        """RFC 9449 §4.1 and §6.1: a proof and a bound token have the same key."""
        jwk: dict[str, str | list[str]] = {
            "kty": "EC",
            "x": "l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs",
            "y": "9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA",
            "crv": "P-256",
        }
        assert ECKey.import_key(jwk).thumbprint() == "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"

    def test_rfc_example_proof_is_valid_for_its_request_and_token(self) -> None:
        """RFC 9449 §4.1 and §7.1."""
        asks = read(RFC_PROOF, url="https://server.example.com/token", now=1_562_262_616)
        uses = read(
            RFC_PROOF_FOR_TOKEN,
            method="GET",
            url="https://resource.example.org/protectedresource",
            now=1_562_262_618,
            access_token=Secret(RFC_TOKEN),
        )
        assert asks.jkt == uses.jkt == "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"
        assert (asks.jti, uses.jti) == ("-BwC3ESc6acc2lTc", "e1j3V_bKic8-LAEB")

    @pytest.mark.parametrize(
        "url",
        [
            "http://pair.example:8628/token?x=1",
            "http://pair.example:8628/token#x",
            "http://pair.example:8628/token?next=http://a:b@c.example/#x",
        ],
    )
    def test_htu_is_compared_without_query_and_fragment(self, url: str) -> None:
        assert read(proof(htu=url)).jkt == KEY.thumbprint()

    @pytest.mark.parametrize(
        "url",
        [
            "HTTP://PAIR.EXAMPLE:8628/token",
            "http://pair.example:8628/%74oken",
            "http://pair.example:8628/./token",
            "http://pair.example:8628/a/%2e%2e/token",
            "http://pair.example:08628/token",
        ],
    )
    def test_htu_is_compared_after_normalisation(self, url: str) -> None:
        """RFC 3986 §6.2.2, §6.2.3."""
        assert read(proof(htu=url)).jkt == KEY.thumbprint()

    @pytest.mark.parametrize(
        "url",
        [
            "http://mallory@pair.example:8628/token",
            "http://mallory:secret@pair.example:8628/token",
            "http://@pair.example:8628/token",
            "http://pair.example:8628@evil.example/token",
            "http://evil.example\\@pair.example:8628/token",
            " http://pair.example:8628/token",
            "http://pair.example:8628/token ",
            "http://pair.example:0/token",
            "http://pair.example:8628/token/",
            "http://pair.example:8628//token",
            "http://pair.example:8628/%2Ftoken",
            "http://pair.example.:8628/token",
            "//pair.example:8628/token",
            "/token",
        ],
    )
    def test_htu_that_is_another_url_is_refused(self, url: str) -> None:
        with pytest.raises(DPoPProofError, match="htu"):
            read(proof(htu=url))

    def test_htu_may_omit_the_default_port(self) -> None:
        text = proof(htu="https://pair.example:443/token")
        assert read(text, url="https://pair.example/token").jkt == KEY.thumbprint()

    @pytest.mark.parametrize(
        "changes",
        [
            {"typ": "JWT"},
            {"typ": None},
            {"crit": ["b64"]},
            {"htm": "GET"},
            {"htm": "post"},
            {"htm": None},
            {"htu": "http://pair.example:8628/userinfo"},
            {"htu": "https://pair.example:8628/token"},
            {"htu": "http://pair.example/token"},
            {"htu": "http://pair.example:8628/Token"},
            {"htu": "http://pair.example:x/token"},
            {"htu": None},
            {"htu": 7},
            {"iat": NOW - 301},
            {"iat": NOW + 301},
            {"iat": None},
            {"iat": "now"},
            {"iat": True},
            {"jti": None},
            {"jti": ""},
            {"jti": "x" * 2049},
            {"jti": 7},
            {"nonce": 7},
            {"jwk": None},
            {"jwk": "key"},
            {"jwk": {}},
            {"jwk": KEY.as_dict(private=True)},
            {"jwk": OTHER.as_dict(private=False)},
            {"jwk": {"kty": "oct", "k": "c2VjcmV0"}},
        ],
    )
    def test_incomplete_or_altered_proof_is_refused(self, changes: dict[str, Any]) -> None:
        with pytest.raises(DPoPProofError):
            read(proof(**changes))

    def test_proof_with_a_mac_under_its_public_key_is_refused(self) -> None:
        public = json.dumps(KEY.as_dict(private=False)).encode()
        head = {"typ": "dpop+jwt", "alg": "HS256", "jwk": KEY.as_dict(private=False)}
        claims = {"jti": "1", "htm": "POST", "htu": f"{ISSUER}/token", "iat": int(NOW)}
        forged = signed(head, claims, OctKey.import_key(public))
        with pytest.raises(DPoPProofError):
            read(forged)

    @pytest.mark.parametrize("text", ["", "a.b", "a.b.c.d", "é.é.é", "x" * 9000, "e30.e30."])
    def test_text_that_is_not_a_jwt_is_refused(self, text: str) -> None:
        with pytest.raises(DPoPProofError):
            read(text)

    def test_proof_without_a_signature_is_refused(self) -> None:
        head, claims, _ = proof().split(".")
        unsigned = json.loads(urlsafe_b64decode(head + "=="))
        unsigned["alg"] = "none"
        none = encoded(json.dumps(unsigned).encode())
        with pytest.raises(DPoPProofError):
            read(f"{none}.{claims}.")

    def test_proof_is_accepted_once(self) -> None:
        seen, one = SeenProofs(window=10), read(proof(jti="one"))
        assert seen.is_first(one, 0)
        assert not seen.is_first(one, 9)
        assert not seen.is_first(one, 19), "the generation before is remembered too"
        assert seen.is_first(replace(one, jti="two"), 19)

    def test_memory_of_used_proofs_is_bounded(self) -> None:
        seen = SeenProofs(window=10, most=100)
        for number in range(1000):
            assert seen.is_first(DPoPProof("jkt", str(number), None), 0)
        assert len(seen._young) + len(seen._old) <= 200


async def with_policy(server: ServerUnderTest, **rules: Any) -> None:
    client = await server.store.client("lobby-tv")
    assert client is not None
    await server.store.replace_client(replace(client, policy=ClientPolicy(**rules)))


def outcome(response: Any) -> tuple[int, str]:
    return response.status_code, response.json().get("error", "")


class TestDeviceFlow:
    async def start(self, server: ServerUnderTest, key: Any = KEY, **form: str) -> dict[str, Any]:
        response = await server.post(
            "/device_authorization",
            {"client_id": "lobby-tv", **form},
            headers={"dpop": proof("/device_authorization", key)},
        )
        assert response.status_code == 200, response.text
        assert response.headers["dpop-nonce"]
        members: dict[str, Any] = response.json()
        return members

    async def test_device_code_is_bound_to_the_proved_key(self, server: ServerUnderTest) -> None:
        codes = await self.start(server)
        assert outcome(await server.poll(codes)) == (400, "invalid_grant"), "no proof"
        another = await server.poll(codes, headers={"dpop": proof(key=OTHER)})
        assert outcome(another) == (400, "invalid_grant")
        waiting = await server.poll(codes, headers={"dpop": proof()})
        assert outcome(waiting) == (400, "authorization_pending")
        assert await server.decide(codes)
        assert outcome(await server.poll(codes, headers={"dpop": proof(key=OTHER)})) == (400, "invalid_grant")
        response = await server.poll(codes, headers={"dpop": proof()})
        assert response.status_code == 200
        assert response.json()["token_type"] == "DPoP"
        assert response.headers["dpop-nonce"]

    async def test_device_code_is_bound_to_a_key_named_without_proof(self, server: ServerUnderTest) -> None:
        codes = await server.start(dpop_jkt=KEY.thumbprint())
        assert outcome(await server.poll(codes)) == (400, "invalid_grant")
        waiting = await server.poll(codes, headers={"dpop": proof()})
        assert outcome(waiting) == (400, "authorization_pending")

    @pytest.mark.parametrize("named", ["short", "ä" * 43, "A" * 44])
    async def test_malformed_dpop_jkt_is_refused(self, server: ServerUnderTest, named: str) -> None:
        response = await server.post("/device_authorization", {"client_id": "lobby-tv", "dpop_jkt": named})
        assert outcome(response) == (400, "invalid_request")

    async def test_proof_of_another_key_than_dpop_jkt_is_refused(self, server: ServerUnderTest) -> None:
        response = await server.post(
            "/device_authorization",
            {"client_id": "lobby-tv", "dpop_jkt": OTHER.thumbprint()},
            headers={"dpop": proof("/device_authorization")},
        )
        assert outcome(response) == (400, "invalid_dpop_proof")

    async def test_tokens_are_bound_to_the_key_that_only_the_poll_proves(
        self, server: ServerUnderTest
    ) -> None:
        """A stock client sends its first proof to the token endpoint (RFC 9449 §5)."""
        codes = await server.start()
        assert await server.decide(codes)
        response = await server.poll(codes, headers={"dpop": proof()})
        assert response.json()["token_type"] == "DPoP"
        async with server.called_from("198.51.100.9"):
            again = await server.poll(codes, headers={"dpop": proof()})
        assert again.content == response.content, "a lost response is repeated to the holder of the key"

    @pytest.mark.parametrize("key", [None, OTHER])
    async def test_lost_response_of_a_poll_is_not_repeated_without_its_key(
        self, server: ServerUnderTest, key: Any
    ) -> None:
        codes = await server.start()
        assert await server.decide(codes)
        tokens = (await server.poll(codes, headers={"dpop": proof()})).json()
        headers = {} if key is None else {"dpop": proof(key=key)}
        assert outcome(await server.poll(codes, headers=headers)) == (400, "invalid_grant")
        assert not (await server.introspect(tokens["access_token"]))["active"]

    async def test_unbound_tokens_are_not_refreshed_once_the_client_requires_dpop(
        self, server: ServerUnderTest
    ) -> None:
        """A copy that was made before would go on with any key."""
        first = await server.connect()
        used = await server.connect()
        await server.refresh(used["refresh_token"])
        await with_policy(server, requires_dpop=True)
        server.clock.advance(3)
        for tokens in (first, used):
            form = {
                "grant_type": "refresh_token",
                "refresh_token": tokens["refresh_token"],
                "client_id": "lobby-tv",
            }
            refused = await server.post("/token", form, headers={"dpop": proof()})
            assert outcome(refused) == (400, "invalid_grant")

    async def test_unbound_tokens_stay_unbound_at_a_refresh_with_a_proof(
        self, server: ServerUnderTest
    ) -> None:
        """A thief of a copy could bind the connection to a key, and the older copy would not end it."""
        tokens = await server.connect()
        form = {"grant_type": "refresh_token", "client_id": "lobby-tv"}
        first = form | {"refresh_token": tokens["refresh_token"]}
        refreshed = (await server.post("/token", first, headers={"dpop": proof()})).json()
        assert refreshed["token_type"] == "Bearer"
        server.clock.advance(3)
        second = form | {"refresh_token": refreshed["refresh_token"]}
        assert (await server.post("/token", second)).status_code == 200

    async def tokens(self, server: ServerUnderTest) -> dict[str, Any]:
        codes = await self.start(server)
        assert await server.decide(codes)
        members: dict[str, Any] = (await server.poll(codes, headers={"dpop": proof()})).json()
        return members

    async def test_refresh_token_is_bound_to_the_key(self, server: ServerUnderTest) -> None:
        tokens = await self.tokens(server)
        form = {
            "grant_type": "refresh_token",
            "refresh_token": tokens["refresh_token"],
            "client_id": "lobby-tv",
        }
        assert outcome(await server.post("/token", form)) == (400, "invalid_grant")
        stolen = await server.post("/token", form, headers={"dpop": proof(key=OTHER)})
        assert outcome(stolen) == (400, "invalid_grant")
        renewed = await server.post("/token", form, headers={"dpop": proof()})
        assert renewed.status_code == 200
        assert renewed.json()["token_type"] == "DPoP"
        async with server.called_from("198.51.100.9"):
            again = await server.post("/token", form, headers={"dpop": proof()})
        assert again.content == renewed.content, "a lost response is repeated to the holder of the key"

    async def test_userinfo_requires_the_proof_and_the_scheme_dpop(self, server: ServerUnderTest) -> None:
        token = (await self.tokens(server))["access_token"]

        async def ask(scheme: str, sent: str | None, token: str = token) -> Any:
            headers = {"authorization": f"{scheme} {token}", **({} if sent is None else {"dpop": sent})}
            return await server.http.get("/userinfo", headers=headers)

        def fresh(key: Any = KEY, **changes: Any) -> str:
            return proof("/userinfo", key, **{"method": "GET", "ath": ath(token), **changes})

        good = await ask("DPoP", fresh())
        assert good.status_code == 200
        assert good.headers["dpop-nonce"]
        bearer = await ask("Bearer", None)
        assert outcome(bearer) == (401, "invalid_token")
        assert "send it with the scheme DPoP and a proof" in bearer.json()["error_description"]
        assert outcome(await ask("Bearer", fresh())) == (401, "invalid_token")
        assert outcome(await ask("DPoP", None)) == (401, "invalid_token")
        stranger = await ask("DPoP", fresh(OTHER))
        assert outcome(stranger) == (401, "invalid_token")
        assert stranger.headers["www-authenticate"].startswith('DPoP error="invalid_token", ')
        assert "algs=" in stranger.headers["www-authenticate"]
        for changes in ({"ath": None}, {"ath": ath("another")}, {"method": "POST"}):
            refused = await ask("DPoP", fresh(**changes))
            assert outcome(refused) == (401, "invalid_dpop_proof")
            assert refused.headers["www-authenticate"].startswith('DPoP error="invalid_dpop_proof"')
        used = fresh()
        assert (await ask("DPoP", used)).status_code == 200
        assert outcome(await ask("DPoP", used)) == (401, "invalid_dpop_proof")

    async def test_unbound_token_is_refused_under_the_scheme_dpop(self, server: ServerUnderTest) -> None:
        token = (await server.connect())["access_token"]
        sent = proof("/userinfo", method="GET", ath=ath(token))
        headers = {"authorization": f"DPoP {token}", "dpop": sent}
        assert outcome(await server.http.get("/userinfo", headers=headers)) == (401, "invalid_token")

    async def test_introspection_shows_the_bound_key(self, server: ServerUnderTest) -> None:
        message = await server.introspect((await self.tokens(server))["access_token"])
        assert (message["token_type"], message["cnf"]) == ("DPoP", {"jkt": KEY.thumbprint()})


class TestTokenEndpoint:
    async def test_used_proof_is_refused(self, server: ServerUnderTest) -> None:
        codes = await server.start()
        used = proof()
        first = await server.poll(codes, headers={"dpop": used})
        assert outcome(first) == (400, "authorization_pending")
        assert outcome(await server.poll(codes, headers={"dpop": used})) == (400, "invalid_dpop_proof")

    async def test_two_proofs_in_one_request_are_refused(self, server: ServerUnderTest) -> None:
        codes = await server.start()
        response = await server.poll(codes, headers=[("dpop", proof()), ("dpop", proof())])
        assert outcome(response) == (400, "invalid_dpop_proof")

    @pytest.mark.parametrize("sent", ["", "x", "é", "a.b.c", "x" * 9000])
    async def test_unreadable_proof_is_refused(self, server: ServerUnderTest, sent: str) -> None:
        codes = await server.start()
        response = await server.poll(codes, headers={"dpop": sent.encode("latin-1")})
        assert outcome(response) == (400, "invalid_dpop_proof")

    async def test_client_that_requires_dpop_needs_a_proof_at_every_endpoint(
        self, server: ServerUnderTest
    ) -> None:
        codes = await server.start()
        await with_policy(server, requires_dpop=True)
        server.clock.advance(3)
        assert outcome(await server.poll(codes)) == (400, "invalid_dpop_proof")
        response = await server.post("/device_authorization", {"client_id": "lobby-tv"})
        assert outcome(response) == (400, "invalid_dpop_proof")

    async def test_metadata_lists_the_dpop_algorithms(self, server: ServerUnderTest) -> None:
        document = (await server.http.get("/.well-known/oauth-authorization-server")).json()
        assert document["dpop_signing_alg_values_supported"] == ["ES256", "RS256", "PS256", "EdDSA"]


class TestNonce:
    async def test_only_a_nonce_of_this_server_is_accepted(self, server: ServerUnderTest) -> None:
        codes = await server.start()
        refused = await server.poll(codes, headers={"dpop": proof(nonce="made up")})
        assert outcome(refused) == (400, "use_dpop_nonce")
        nonce = refused.headers["dpop-nonce"]
        taken = await server.poll(codes, headers={"dpop": proof(nonce=nonce)})
        assert outcome(taken) == (400, "authorization_pending")

    async def test_nonce_is_valid_in_every_process_of_the_same_server(self, server: ServerUnderTest) -> None:
        mine, sibling, stranger = (
            DPoP(server.settings, ServerKey(Secret(key)), server.clock)
            for key in ("one key " * 4, "one key " * 4, "another key " * 4)
        )
        assert sibling._is_good(mine.nonce())
        assert not stranger._is_good(mine.nonce())

    @pytest.mark.parametrize("settings", [ServerSettings(ISSUER, requires_dpop_nonce=True)])
    async def test_server_can_require_a_nonce(self, server: ServerUnderTest) -> None:
        """§8, §9: at the token endpoint with 400, at a resource with 401; each names the nonce to use."""
        form = {"client_id": "lobby-tv"}
        path = "/device_authorization"
        refused = await server.post(path, form, headers={"dpop": proof(path)})
        assert outcome(refused) == (400, "use_dpop_nonce")
        nonce = refused.headers["dpop-nonce"]
        codes = (await server.post(path, form, headers={"dpop": proof(path, nonce=nonce)})).json()
        assert outcome(await server.poll(codes, headers={"dpop": proof()})) == (400, "use_dpop_nonce")
        assert await server.decide(codes)
        token = (await server.poll(codes, headers={"dpop": proof(nonce=nonce)})).json()["access_token"]

        async def ask(**changes: Any) -> Any:
            sent = proof("/userinfo", method="GET", ath=ath(token), **changes)
            return await server.http.get(
                "/userinfo", headers={"authorization": f"DPoP {token}", "dpop": sent}
            )

        without = await ask()
        assert outcome(without) == (401, "use_dpop_nonce")
        assert without.headers["www-authenticate"].startswith('DPoP error="use_dpop_nonce"')
        assert (await ask(nonce=without.headers["dpop-nonce"])).status_code == 200

    @pytest.mark.parametrize("settings", [ServerSettings(ISSUER, requires_dpop_nonce=True)])
    async def test_request_without_a_proof_needs_no_nonce(self, server: ServerUnderTest) -> None:
        assert (await server.connect())["token_type"] == "Bearer"

    async def test_nonce_expires(self, server: ServerUnderTest) -> None:
        codes = await server.start()
        nonce = (await server.poll(codes, headers={"dpop": proof()})).headers["dpop-nonce"]
        server.clock.advance(299)
        still = await server.poll(codes, headers={"dpop": proof(at=server.clock(), nonce=nonce)})
        assert outcome(still) == (400, "authorization_pending")
        server.clock.advance(301)
        over = await server.poll(codes, headers={"dpop": proof(at=server.clock(), nonce=nonce)})
        assert outcome(over) == (400, "use_dpop_nonce")


class TestPkce:
    VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"  # RFC 7636 appendix B
    CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"

    async def test_code_with_a_challenge_needs_its_verifier(self, server: ServerUnderTest) -> None:
        codes = await server.start(code_challenge=self.CHALLENGE, code_challenge_method="S256")
        wrongs: list[dict[str, str]] = [{}, {"code_verifier": "x" * 43}, {"code_verifier": "short"}]
        for wrong in wrongs:
            assert outcome(await server.poll(codes, **wrong, headers=None)) == (400, "invalid_grant")
        right = {"code_verifier": self.VERIFIER}
        assert outcome(await server.poll(codes, headers=None, **right)) == (400, "authorization_pending")
        assert await server.decide(codes)
        assert outcome(await server.poll(codes)) == (400, "invalid_grant")
        assert (await server.poll(codes, headers=None, **right)).status_code == 200

    @pytest.mark.parametrize(
        "form",
        [
            {"code_challenge": CHALLENGE},
            {"code_challenge": CHALLENGE, "code_challenge_method": "plain"},
            {"code_challenge": "short", "code_challenge_method": "S256"},
        ],
    )
    async def test_code_challenge_method_other_than_s256_is_refused(
        self, server: ServerUnderTest, form: dict[str, str]
    ) -> None:
        response = await server.post("/device_authorization", {"client_id": "lobby-tv", **form})
        assert outcome(response) == (400, "invalid_request")

    async def test_client_policy_can_require_device_pkce(self, server: ServerUnderTest) -> None:
        await with_policy(server, requires_device_pkce=True)
        response = await server.post("/device_authorization", {"client_id": "lobby-tv"})
        assert outcome(response) == (400, "invalid_request")


class TestWhoMayStart:
    async def ask(self, server: ServerUnderTest, **options: Any) -> tuple[int, str]:
        return outcome(await server.post("/device_authorization", {"client_id": "lobby-tv"}, **options))

    @pytest.mark.parametrize(
        ("networks", "expected"),
        [
            (("192.0.2.0/24",), (200, "")),
            (("10.0.0.0/8", "192.0.2.7/32"), (200, "")),
            (("10.0.0.0/8", "2001:db8::/32"), (400, "unauthorized_client")),
        ],
    )
    async def test_only_a_device_in_a_trusted_network_may_start(
        self, server: ServerUnderTest, networks: tuple[str, ...], expected: tuple[int, str]
    ) -> None:
        await with_policy(server, trusted_networks=networks)
        assert await self.ask(server) == expected

    async def test_only_a_device_with_an_enrolled_key_may_start(self, server: ServerUnderTest) -> None:
        await with_policy(server, enrolled_keys=(KEY.thumbprint(),))
        assert await self.ask(server) == (400, "invalid_dpop_proof")
        stranger = {"dpop": proof("/device_authorization", OTHER)}
        assert await self.ask(server, headers=stranger) == (400, "unauthorized_client")
        assert await self.ask(server, headers={"dpop": proof("/device_authorization")}) == (200, "")

    async def test_enrolled_key_has_to_be_proved_at_the_start(self, server: ServerUnderTest) -> None:
        """A thumbprint is no secret: naming it gave anyone codes."""
        await with_policy(server, enrolled_keys=(KEY.thumbprint(),))
        named = {"client_id": "lobby-tv", "dpop_jkt": KEY.thumbprint()}
        refused = await server.post("/device_authorization", named)
        assert outcome(refused) == (400, "invalid_dpop_proof")
        proved = {"dpop": proof("/device_authorization")}
        assert outcome(await server.post("/device_authorization", named, headers=proved)) == (200, "")

    async def test_client_policy_can_limit_device_authorizations_per_minute(
        self, server: ServerUnderTest
    ) -> None:
        await with_policy(server, device_authorizations_per_minute=2)
        message = [await self.ask(server) for _ in range(3)]
        assert message == [(200, ""), (200, ""), (429, "temporarily_unavailable")]
