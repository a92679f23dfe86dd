"""RFC 7523 §2.2 and §3, OpenID Connect Core §9: a client authenticates with a signed assertion."""

import asyncio
import hmac
import json
from base64 import urlsafe_b64encode
from typing import Any

import httpx
import pytest
from joserfc.jwk import RSAKey
from structlog.testing import capture_logs

from pairgrant_protocol.vocabulary import GrantType
from pairgrant_server.authorization_server.model.client_policy import ClientPolicy
from tests.authorization_server.server_under_test import ServerUnderTest
from tests.authorization_server.signer import MakeSigner, Signer

ISSUER = "http://pair.example:8628"
NOW = 1_790_000_000
TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
GRANTS = frozenset({GrantType.CLIENT_CREDENTIALS, GrantType.DEVICE_CODE, GrantType.AUTHORIZATION_CODE})


def claims(jti: str = "j1", **changed: Any) -> dict[str, Any]:
    """The claims of a valid assertion of the client ``robot``, with changes; None leaves a claim out."""
    return {"iss": "robot", "sub": "robot", "aud": ISSUER, "exp": NOW + 60, "iat": NOW, "jti": jti, **changed}


def form(assertion: str, **more: str) -> dict[str, str]:
    named = {"client_assertion_type": TYPE, "client_assertion": assertion}
    return {"grant_type": "client_credentials", **named, **more}


async def outcome(asking: Any) -> tuple[int, str]:
    response: httpx.Response = await asking
    return response.status_code, response.json().get("error", "")


@pytest.fixture
async def robot(server: ServerUnderTest, signer_of: MakeSigner) -> Signer:
    signer = signer_of()
    await server.add_machine(jwks=signer.jwks, grant_types=GRANTS, redirect_uris=("https://robot.example/",))
    return signer


async def test_event_of_a_refused_assertion_names_the_client(server: ServerUnderTest, robot: Signer) -> None:
    assertion = robot.sign(claims(exp=NOW - 1))
    with capture_logs() as logs:
        assert await outcome(server.post("/token", form(assertion))) == (401, "invalid_client")
    (line,) = [line for line in logs if line["event"] == "client.authentication_failed"]
    assert line["client_id"] == "robot"
    assert assertion not in str(logs)


class TestSigning:
    @pytest.mark.parametrize("algorithm", ["ES256", "RS256", "PS256", "EdDSA"])
    async def test_every_advertised_algorithm_is_accepted(
        self, server: ServerUnderTest, signer_of: MakeSigner, algorithm: str
    ) -> None:
        signer = signer_of(algorithm)
        await server.add_machine(jwks=signer.jwks)
        assert await outcome(server.post("/token", form(signer.sign(claims())))) == (200, "")

    async def test_metadata_lists_the_signing_algorithms(self, server: ServerUnderTest) -> None:
        document = (await server.http.get("/.well-known/oauth-authorization-server")).json()
        for endpoint in ("token", "revocation", "introspection"):
            assert "private_key_jwt" in document[f"{endpoint}_endpoint_auth_methods_supported"]
            message = document[f"{endpoint}_endpoint_auth_signing_alg_values_supported"]
            assert message == ["ES256", "RS256", "PS256", "EdDSA"]

    @pytest.mark.parametrize("path", ["token", "device_authorization", "par"])
    async def test_aud_is_the_issuer_and_no_endpoint(
        self, server: ServerUnderTest, robot: Signer, path: str
    ) -> None:
        refused = await server.post("/token", form(robot.sign(claims(aud=f"{ISSUER}/{path}"))))
        assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")
        assert "send the issuer identifier" in refused.json()["error_description"]
        assert await outcome(server.post("/token", form(robot.sign(claims())))) == (200, "")

    @pytest.mark.parametrize("path", ["token", "device_authorization", "par"])
    async def test_aud_of_a_marked_client_may_be_an_endpoint(
        self, server: ServerUnderTest, robot: Signer, path: str
    ) -> None:
        await server.change_client("robot", policy=ClientPolicy(accepts_endpoint_audience=True))
        assertion = robot.sign(claims(aud=f"{ISSUER}/{path}"))
        assert await outcome(server.post("/token", form(assertion))) == (200, "")

    async def test_client_id_may_be_sent_beside_the_assertion(
        self, server: ServerUnderTest, robot: Signer
    ) -> None:
        asked = form(robot.sign(claims()), client_id="robot")
        assert await outcome(server.post("/token", asked)) == (200, "")

    @pytest.mark.parametrize(
        "typ", ["at+jwt", "dpop+jwt", "authorization-grant+jwt", "secevent+jwt", "", 7, ["JWT"]]
    )
    async def test_jwt_of_another_type_is_no_client_assertion(
        self, server: ServerUnderTest, robot: Signer, typ: Any
    ) -> None:
        asking = server.post("/token", form(robot.sign(claims(), typ=typ)))
        assert await outcome(asking) == (401, "invalid_client")

    @pytest.mark.parametrize(
        "typ", ["JWT", "jwt", "client-authentication+jwt", "application/client-authentication+jwt", None]
    )
    async def test_typ_of_the_assertion_is_not_required(
        self, server: ServerUnderTest, robot: Signer, typ: str | None
    ) -> None:
        assert await outcome(server.post("/token", form(robot.sign(claims(), typ=typ)))) == (200, "")

    @pytest.mark.parametrize(
        ("path", "more"),
        [
            ("/token", {}),
            ("/device_authorization", {"scope": "board:read"}),
            ("/revoke", {"token": "x"}),
            ("/introspect", {"token": "x"}),
            (
                "/par",
                {
                    "response_type": "code",
                    "redirect_uri": "https://robot.example/",
                    "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
                    "code_challenge_method": "S256",
                    "scope": "board:read",
                },
            ),
        ],
    )
    async def test_assertion_is_accepted_at_every_endpoint(
        self, server: ServerUnderTest, robot: Signer, path: str, more: dict[str, str]
    ) -> None:
        response = await server.post(path, form(robot.sign(claims()), **more))
        assert response.status_code in {200, 201}, response.text
        again = await server.post(path, form(robot.sign(claims()), **more))
        assert (again.status_code, again.json()["error"]) == (401, "invalid_client"), (
            "used, at whichever endpoint"
        )

    async def test_signing_device_polls_with_a_new_assertion_each_time(
        self, server: ServerUnderTest, robot: Signer
    ) -> None:
        codes = (await server.post("/device_authorization", form(robot.sign(claims("start"))))).json()
        poll = {"grant_type": GrantType.DEVICE_CODE, "device_code": codes["device_code"]}
        for number in range(2):
            assertion = robot.sign(claims(f"poll {number}"))
            response = await server.post("/token", {**form(assertion), **poll})
            assert response.json()["error"] in {"authorization_pending", "slow_down"}

    async def test_kid_selects_among_several_keys(
        self, server: ServerUnderTest, signer_of: MakeSigner
    ) -> None:
        one, two = signer_of(kid="one", number=1), signer_of(kid="two", number=2)
        jwks = '{"keys":[' + ",".join(signer.jwks[len('{"keys": [') : -2] for signer in (one, two)) + "]}"
        await server.add_machine(jwks=jwks)
        assert await outcome(server.post("/token", form(one.sign(claims("a"))))) == (200, "")
        assert await outcome(server.post("/token", form(two.sign(claims("b"))))) == (200, "")
        assert await outcome(server.post("/token", form(two.sign(claims("c"), kid="one")))) == (
            401,
            "invalid_client",
        )
        assert await outcome(server.post("/token", form(two.sign(claims("d"), kid=None)))) == (200, "")


class TestOneMethodAlone:
    async def test_assertion_beside_a_secret_is_an_invalid_request(
        self, server: ServerUnderTest, robot: Signer
    ) -> None:
        asked = form(robot.sign(claims()), client_id="robot", client_secret="x")
        assert await outcome(server.post("/token", asked)) == (400, "invalid_request")

    async def test_assertion_beside_a_basic_header_is_an_invalid_request(
        self, server: ServerUnderTest, robot: Signer
    ) -> None:
        asking = server.post(
            "/token", form(robot.sign(claims())), headers={"authorization": "Basic cm9ib3Q6eA=="}
        )
        assert await outcome(asking) == (400, "invalid_request")

    async def test_assertion_beside_another_client_id_is_an_invalid_request(
        self, server: ServerUnderTest, robot: Signer
    ) -> None:
        asked = form(robot.sign(claims()), client_id="lobby-tv")
        assert await outcome(server.post("/token", asked)) == (400, "invalid_request")

    @pytest.mark.parametrize("kind", ["", "urn:ietf:params:oauth:client-assertion-type:saml2-bearer"])
    async def test_client_assertion_type_is_required(
        self, server: ServerUnderTest, robot: Signer, kind: str
    ) -> None:
        asked = form(robot.sign(claims()), client_assertion_type=kind)
        assert await outcome(server.post("/token", asked)) == (400, "invalid_request")

    async def test_parameter_given_twice_is_an_invalid_request(
        self, server: ServerUnderTest, robot: Signer
    ) -> None:
        body = (
            str(httpx.QueryParams(form(robot.sign(claims())))) + f"&client_assertion={robot.sign(claims())}"
        )
        response = await server.http.post(
            "/token", content=body, headers={"content-type": "application/x-www-form-urlencoded"}
        )
        assert (response.status_code, response.json()["error"]) == (400, "invalid_request")

    @pytest.mark.parametrize("secret", ["", "guess"])
    async def test_client_with_keys_can_not_use_a_secret(
        self, server: ServerUnderTest, robot: Signer, secret: str
    ) -> None:
        asked = {"grant_type": "client_credentials", "client_id": "robot", "client_secret": secret}
        assert await outcome(server.post("/token", asked)) == (401, "invalid_client")
        asking = server.post(
            "/token", {"grant_type": "client_credentials"}, headers={"authorization": "Basic cm9ib3Q6"}
        )
        assert await outcome(asking) == (401, "invalid_client")

    @pytest.mark.parametrize("client_id", ["signage", "lobby-tv", "nobody"])
    async def test_client_without_keys_can_not_use_an_assertion(
        self, server: ServerUnderTest, signer_of: MakeSigner, client_id: str
    ) -> None:
        assertion = signer_of().sign(claims(iss=client_id, sub=client_id))
        assert await outcome(server.post("/token", form(assertion))) == (401, "invalid_client")


class TestClaims:
    @pytest.mark.parametrize(
        "changed",
        [
            {"aud": "https://other.example"},
            {"aud": f"{ISSUER}/"},
            {"aud": f"{ISSUER}/board"},
            {"aud": [ISSUER]},
            {"aud": [ISSUER, "https://other.example"]},
            {"aud": None},
            {"iss": "signage"},
            {"iss": None},
            {"sub": "signage"},
            {"sub": None},
            {"sub": ["robot"]},
            {"exp": NOW},
            {"exp": NOW - 1},
            {"exp": NOW + 631, "iat": None},
            {"exp": NOW + 3631},
            {"iat": NOW - 600},
            {"exp": NOW + 86_400 * 365},
            {"exp": None},
            {"exp": str(NOW + 60)},
            {"exp": True},
            {"exp": 10**400},
            {"exp": -1},
            {"iat": NOW + 31},
            {"iat": "now"},
            {"nbf": NOW + 31},
            {"jti": None},
            {"jti": ""},
            {"jti": 7},
            {"jti": "x" * 256},
            {"jti": "a\0b"},
            {"jti": "a\nb"},
            {"jti": "\ud800"},
        ],
        ids=str,
    )
    async def test_missing_or_wrong_claim_is_refused(
        self, server: ServerUnderTest, robot: Signer, changed: dict[str, Any]
    ) -> None:
        assertion = robot.sign(claims(**changed))
        assert await outcome(server.post("/token", form(assertion))) == (401, "invalid_client")

    @pytest.mark.parametrize(
        "changed", [{"exp": NOW + 600}, {"iat": NOW + 30}, {"nbf": NOW + 30}, {"iat": None}]
    )
    async def test_clock_that_is_a_little_ahead_is_tolerated(
        self, server: ServerUnderTest, robot: Signer, changed: dict[str, Any]
    ) -> None:
        assert await outcome(server.post("/token", form(robot.sign(claims(**changed))))) == (200, "")

    @pytest.mark.parametrize("constant", [b"NaN", b"Infinity", b"1e999"])
    async def test_time_claim_that_is_not_a_number_is_refused(
        self, server: ServerUnderTest, robot: Signer, constant: bytes
    ) -> None:
        payload = robot_payload().replace(b'"EXP"', constant)
        assert await outcome(server.post("/token", form(robot.sign(payload)))) == (401, "invalid_client")

    async def test_claim_given_twice_is_refused(self, server: ServerUnderTest, robot: Signer) -> None:
        payload = robot_payload().replace(b'"EXP"', b"1790000060").replace(b"{", b'{"sub":"robot",', 1)
        assert await outcome(server.post("/token", form(robot.sign(payload)))) == (401, "invalid_client")


def robot_payload() -> bytes:
    return b'{"iss":"robot","sub":"robot","aud":"http://pair.example:8628","exp":"EXP","jti":"j"}'


class TestOnce:
    async def test_assertion_is_accepted_once(self, server: ServerUnderTest, robot: Signer) -> None:
        assertion = robot.sign(claims())
        assert await outcome(server.post("/token", form(assertion))) == (200, "")
        assert await outcome(server.post("/token", form(assertion))) == (401, "invalid_client")
        assert await outcome(server.post("/token", form(robot.sign(claims(iat=NOW - 5))))) == (
            401,
            "invalid_client",
        )

    async def test_one_of_twenty_simultaneous_assertions_is_accepted(
        self, server: ServerUnderTest, robot: Signer
    ) -> None:
        assertion = robot.sign(claims())
        responses = await asyncio.gather(*(server.post("/token", form(assertion)) for _ in range(20)))
        assert sorted(response.status_code for response in responses) == [200] + [401] * 19

    async def test_used_assertion_is_refused_until_it_expires(
        self, server: ServerUnderTest, robot: Signer
    ) -> None:
        await server.post("/token", form(robot.sign(claims(exp=NOW + 600))))
        server.clock.advance(599)
        await server.store.sweep(server.clock())
        assert await outcome(server.post("/token", form(robot.sign(claims(exp=NOW + 600))))) == (
            401,
            "invalid_client",
        )

    async def test_assertion_with_an_hour_to_exp_is_valid_for_ten_minutes(
        self, server: ServerUnderTest, robot: Signer
    ) -> None:
        """Authlib always sends an hour."""
        assertion = robot.sign(claims(exp=NOW + 3600))
        assert await outcome(server.post("/token", form(assertion))) == (200, "")
        for wait in (590, 9, 1, 60, 2400, 530):
            server.clock.advance(wait)
            await server.store.sweep(server.clock())
            assert await outcome(server.post("/token", form(assertion))) == (401, "invalid_client")

    async def test_used_assertion_without_iat_is_never_accepted_again(
        self, server: ServerUnderTest, robot: Signer
    ) -> None:
        assertion = robot.sign(claims(exp=NOW + 1000, iat=None))
        assert await outcome(server.post("/token", form(assertion))) == (401, "invalid_client")
        server.clock.advance(400)
        assert await outcome(server.post("/token", form(assertion))) == (200, "")
        for wait in (300, 299, 1, 100):
            server.clock.advance(wait)
            await server.store.sweep(server.clock())
            assert await outcome(server.post("/token", form(assertion))) == (401, "invalid_client")

    async def test_two_clients_may_use_the_same_jti(
        self, server: ServerUnderTest, robot: Signer, signer_of: MakeSigner
    ) -> None:
        await server.add_machine("drone", jwks=signer_of(number=2).jwks)
        drone = signer_of(number=2)
        assert await outcome(server.post("/token", form(robot.sign(claims())))) == (200, "")
        assert await outcome(server.post("/token", form(drone.sign(claims(iss="drone", sub="drone"))))) == (
            200,
            "",
        )

    async def test_refused_assertion_is_not_used_up(self, server: ServerUnderTest, robot: Signer) -> None:
        await server.post("/token", form(robot.sign(claims(aud="https://other.example"))))
        assert await outcome(server.post("/token", form(robot.sign(claims())))) == (200, "")


class TestForgery:
    async def test_assertion_without_a_signature_is_refused(
        self, server: ServerUnderTest, robot: Signer
    ) -> None:
        for algorithm in ("none", "None", "NONE"):
            signed = robot.sign(claims(), alg=algorithm).rpartition(".")[0] + "."
            assert await outcome(server.post("/token", form(signed))) == (401, "invalid_client")

    async def test_mac_under_the_public_key_is_refused(
        self, server: ServerUnderTest, signer_of: MakeSigner
    ) -> None:
        """HS256 with the bytes of the RSA public key."""
        rsa = signer_of("RS256")
        assert isinstance(rsa.key, RSAKey)
        await server.add_machine(jwks=rsa.jwks)
        for secret in (rsa.key.as_pem(private=False), rsa.jwks.encode()):
            forged = mac_signed(claims(), secret)
            assert await outcome(server.post("/token", form(forged))) == (401, "invalid_client")

    async def test_signature_with_the_key_of_another_client_is_refused(
        self, server: ServerUnderTest, robot: Signer, signer_of: MakeSigner
    ) -> None:
        other = signer_of(number=2)
        await server.add_machine("drone", jwks=other.jwks)
        assert await outcome(server.post("/token", form(other.sign(claims())))) == (401, "invalid_client")
        for kid in ("drone", "../drone", "k1' OR 1=1 --", "/dev/null", ["k1"], {"k": 1}, 7, "\0", "k" * 4000):
            forged = other.sign(claims(), kid=kid)
            assert await outcome(server.post("/token", form(forged))) == (401, "invalid_client")

    async def test_key_in_the_header_is_ignored(
        self, server: ServerUnderTest, robot: Signer, signer_of: MakeSigner
    ) -> None:
        other = signer_of(number=2)
        brought: list[dict[str, Any]] = [
            {"jwk": other.jwk},
            {"jku": "http://127.0.0.1:1/jwks.json"},
            {"x5u": "http://127.0.0.1:1/chain.pem"},
            {"x5c": ["MII"]},
        ]
        for header in brought:
            forged = other.sign(claims(), kid=None, **header)
            assert await outcome(server.post("/token", form(forged))) == (401, "invalid_client")
        assert await outcome(server.post("/token", form(robot.sign(claims(), **brought[1])))) == (200, "")

    async def test_algorithm_other_than_that_of_the_key_is_refused(
        self, server: ServerUnderTest, signer_of: MakeSigner
    ) -> None:
        rsa = signer_of("RS256")
        jwks = rsa.jwks.replace('"kty"', '"alg": "PS256", "kty"')
        await server.add_machine(jwks=jwks)
        assert await outcome(server.post("/token", form(rsa.sign(claims())))) == (401, "invalid_client")
        other_name = rsa.sign(claims(), alg="ES256", signed_with="RS256")
        assert await outcome(server.post("/token", form(other_name))) == (401, "invalid_client")

    @pytest.mark.parametrize(
        "extension", [{"crit": ["exp"], "exp": NOW}, {"b64": False, "crit": ["b64"]}, {"crit": []}]
    )
    async def test_critical_header_extension_is_refused(
        self, server: ServerUnderTest, robot: Signer, extension: dict[str, Any]
    ) -> None:
        assert await outcome(server.post("/token", form(robot.sign(claims(), **extension)))) == (
            401,
            "invalid_client",
        )

    @pytest.mark.parametrize(
        "text",
        [
            "x",
            "a.b",
            "a.b.c",
            "a.b.c.d",
            "....",
            "e30.e30.",
            "eyJhbGciOiJFUzI1NiJ9.W10.AA",
            "ä.ä.ä",
            "e30=.e30=.AA==",
            "e3 0.e30.AA",
        ],
    )
    async def test_text_that_is_not_a_jwt_is_refused(
        self, server: ServerUnderTest, robot: Signer, text: str
    ) -> None:
        assert await outcome(server.post("/token", form(text))) == (401, "invalid_client")

    async def test_huge_or_deeply_nested_assertion_is_refused(
        self, server: ServerUnderTest, robot: Signer
    ) -> None:
        deep = b'{"iss":' + b"[" * 3000 + b"]" * 3000 + b"}"
        assert await outcome(server.post("/token", form(robot.sign(deep)))) == (401, "invalid_client")
        big = robot.sign(claims(more="x" * 7000))
        assert await outcome(server.post("/token", form(big))) == (401, "invalid_client")
        huge = await server.post("/token", form(robot.sign(claims(more="x" * 1_000_000))))
        assert huge.status_code == 413

    async def test_error_quotes_nothing_of_the_assertion(
        self, server: ServerUnderTest, robot: Signer
    ) -> None:
        hostile = "<script>alert(1)</script>"
        for assertion in (
            robot.sign(claims(aud=hostile)),
            robot.sign(claims(iss=hostile)),
            robot.sign(claims(), alg=hostile, signed_with="ES256"),
            hostile,
        ):
            response = await server.post("/token", form(assertion))
            assert response.status_code == 401
            assert "alert" not in response.text


def mac_signed(members: dict[str, Any], secret: bytes) -> str:
    parts = [
        urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")
        for part in ({"alg": "HS256"}, members)
    ]
    signed = ".".join(parts)
    mac = hmac.digest(secret, signed.encode(), "sha256")
    return f"{signed}.{urlsafe_b64encode(mac).decode().rstrip('=')}"


class TestPolicy:
    async def test_resource_server_can_authenticate_with_an_assertion(
        self, server: ServerUnderTest, signer_of: MakeSigner
    ) -> None:
        signer = signer_of()
        await server.add_machine(jwks=signer.jwks, policy=ClientPolicy(serves=(f"{ISSUER}/board",)))
        tokens = await server.connect(scope="board:read")
        response = await server.post("/introspect", form(signer.sign(claims()), token=tokens["access_token"]))
        assert response.json()["active"] is True
