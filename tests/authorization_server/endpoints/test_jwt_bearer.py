"""RFC 7523 §2.1: tokens for an assertion of an issuer that the client's policy trusts."""

import asyncio
from dataclasses import replace
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet
from structlog.testing import capture_logs

from pairgrant_protocol.sign_in_end import EndedBy
from pairgrant_protocol.vocabulary import GrantType
from pairgrant_server.authorization_server.model.client_policy import AssertionIssuer, ClientPolicy
from pairgrant_server.authorization_server.model.records import Identity
from tests.authorization_server.server_under_test import ALICE, ServerUnderTest
from tests.authorization_server.signer import MakeSigner, Signer

ISSUER = "http://pair.example:8628"
STAFF = "https://staff.example"
NOW = 1_790_000_000
SCOPE = ("openid", "profile", "board:read", "offline_access")
GRANTS = frozenset({GrantType.JWT_BEARER, GrantType.REFRESH_TOKEN})


def claims(jti: str = "j1", **changed: Any) -> dict[str, Any]:
    return {
        "iss": STAFF,
        "sub": "employee 7",
        "aud": ISSUER,
        "exp": NOW + 60,
        "iat": NOW - 5,
        "jti": jti,
        **changed,
    }


def form(assertion: str, **more: str) -> dict[str, str]:
    secret = {"client_id": "exchange", "client_secret": "the secret of a machine"}
    return {"grant_type": GrantType.JWT_BEARER, "assertion": assertion, **secret, **more}


async def outcome(asking: Any) -> tuple[int, str]:
    response: httpx.Response = await asking
    return response.status_code, response.json().get("error", "")


@pytest.fixture
async def staff(server: ServerUnderTest, signer_of: MakeSigner) -> Signer:
    """An issuer that the client ``exchange`` may use."""
    signer: Signer = signer_of()
    policy = ClientPolicy(
        assertion_issuers=(
            AssertionIssuer("https://first.example", signer_of(number=2).jwks),
            AssertionIssuer(STAFF, signer.jwks),
        ),
        resources=("https://api.example/",),
    )
    await server.add_machine("exchange", grant_types=GRANTS, scope=SCOPE, policy=policy)
    assert await server.store.add_identity(Identity(STAFF, "employee 7", ALICE.user_id, NOW))
    return signer


class TestTokens:
    async def test_tokens_are_for_the_asserted_account(self, server: ServerUnderTest, staff: Signer) -> None:
        response = await server.post("/token", form(staff.sign(claims()), scope="openid profile"))
        members = response.json()
        assert members.keys() == {"access_token", "token_type", "expires_in", "scope", "id_token"}
        userinfo = await server.userinfo(members["access_token"])
        assert userinfo.json() == {"sub": "u-alice", "name": "Alice Liddell", "preferred_username": "alice"}
        keys = KeySet.import_key_set((await server.http.get("/jwks")).json())
        said = jwt.decode(members["access_token"], keys, algorithms=["ES256"]).claims
        assert (said["sub"], said["client_id"], said["auth_time"]) == ("u-alice", "exchange", NOW - 5)

    async def test_assertion_gets_no_refresh_token_and_no_offline_access(
        self, server: ServerUnderTest, staff: Signer
    ) -> None:
        """RFC 7521 §4.1."""
        for jti, more in (("a", {}), ("b", {"scope": "board:read offline_access"})):
            members = (await server.post("/token", form(staff.sign(claims(jti)), **more))).json()
            assert "refresh_token" not in members
            assert "offline_access" not in members["scope"]

    async def test_asserted_sign_in_is_a_connected_device_that_can_be_revoked(
        self, server: ServerUnderTest, staff: Signer
    ) -> None:
        members = (await server.post("/token", form(staff.sign(claims())))).json()
        (device,) = await server.parts.devices.of_user("u-alice")
        assert (device.grant_type, device.client_id) == (GrantType.JWT_BEARER, "exchange")
        assert await server.parts.devices.revoke(device.device_id, EndedBy.USER, user_id="u-alice")
        assert (await server.userinfo(members["access_token"])).status_code == 401

    async def test_locking_the_account_ends_asserted_tokens_at_once(
        self, server: ServerUnderTest, staff: Signer
    ) -> None:
        members = (await server.post("/token", form(staff.sign(claims())))).json()
        await server.store.set_user_locked("u-alice", locked=True)
        assert (await server.userinfo(members["access_token"])).status_code == 401

    async def test_client_can_revoke_asserted_tokens(self, server: ServerUnderTest, staff: Signer) -> None:
        members = (await server.post("/token", form(staff.sign(claims())))).json()
        secret = {"client_id": "exchange", "client_secret": "the secret of a machine"}
        await server.post("/revoke", {**secret, "token": members["access_token"]})
        assert await server.parts.devices.of_user("u-alice") == []

    @pytest.mark.parametrize("subject", ["alice", "ALICE", "u-alice", "alice@example.org", "employee"])
    async def test_username_or_identifier_of_this_server_is_no_subject(
        self, server: ServerUnderTest, staff: Signer, subject: str
    ) -> None:
        asking = server.post("/token", form(staff.sign(claims(sub=subject))))
        assert await outcome(asking) == (400, "invalid_grant")
        assert await server.parts.devices.of_user("u-alice") == []

    async def test_newcomer_with_the_name_of_a_subject_is_not_that_subject(
        self, server: ServerUnderTest, staff: Signer
    ) -> None:
        """A newcomer from another provider called ``ceo`` was signed in by an assertion for ``ceo``."""
        newcomer = replace(ALICE, user_id="u-newcomer", username="ceo")
        elsewhere = Identity("https://elsewhere.example", "ceo", "u-newcomer", NOW)
        assert await server.store.add_user_with_identity(newcomer, elsewhere)
        asking = server.post("/token", form(staff.sign(claims(sub="ceo"))))
        assert await outcome(asking) == (400, "invalid_grant")
        assert await server.parts.devices.of_user("u-newcomer") == []

    async def test_auth_time_is_now_without_iat(self, server: ServerUnderTest, staff: Signer) -> None:
        await server.post("/token", form(staff.sign(claims(iat=None))))
        (device,) = await server.parts.devices.of_user("u-alice")
        assert device.auth_time == NOW

    async def test_auth_time_is_never_in_the_future(self, server: ServerUnderTest, staff: Signer) -> None:
        await server.post("/token", form(staff.sign(claims(iat=NOW + 20))))
        (device,) = await server.parts.devices.of_user("u-alice")
        assert device.auth_time == NOW


class TestTyp:
    @pytest.mark.parametrize("typ", ["at+jwt", "dpop+jwt", "client-authentication+jwt"])
    async def test_jwt_of_another_type_is_no_assertion(
        self, server: ServerUnderTest, staff: Signer, typ: str
    ) -> None:
        asking = server.post("/token", form(staff.sign(claims(), typ=typ)))
        assert await outcome(asking) == (400, "invalid_grant")

    async def test_aud_is_the_issuer_and_no_endpoint(self, server: ServerUnderTest, staff: Signer) -> None:
        asking = server.post("/token", form(staff.sign(claims(aud=f"{ISSUER}/token"))))
        assert await outcome(asking) == (400, "invalid_grant")


class TestRequest:
    async def test_scope_that_is_not_the_clients_is_refused(
        self, server: ServerUnderTest, staff: Signer
    ) -> None:
        asked = form(staff.sign(claims()), scope="board:write")
        assert await outcome(server.post("/token", asked)) == (400, "invalid_scope")

    @pytest.mark.parametrize(
        ("resource", "error"), [("https://api.example/", ""), ("https://x.example/", "invalid_target")]
    )
    async def test_resource_the_client_may_not_have_is_refused(
        self, server: ServerUnderTest, staff: Signer, resource: str, error: str
    ) -> None:
        asked = form(staff.sign(claims()), resource=resource)
        assert (await outcome(server.post("/token", asked)))[1] == error

    async def test_missing_assertion_is_an_invalid_request(
        self, server: ServerUnderTest, staff: Signer
    ) -> None:
        assert await outcome(server.post("/token", form(""))) == (400, "invalid_request")

    async def test_refused_request_uses_nothing_up(self, server: ServerUnderTest, staff: Signer) -> None:
        assertion = staff.sign(claims())
        await server.post("/token", form(assertion, scope="board:write"))
        assert await outcome(server.post("/token", form(assertion))) == (200, "")

    async def test_assertion_grant_requires_client_authentication(
        self, server: ServerUnderTest, staff: Signer
    ) -> None:
        asked = form(staff.sign(claims()), client_secret="guess")
        assert await outcome(server.post("/token", asked)) == (401, "invalid_client")

    async def test_client_without_the_grant_is_refused(self, server: ServerUnderTest, staff: Signer) -> None:
        asked = {
            "grant_type": GrantType.JWT_BEARER,
            "assertion": staff.sign(claims()),
            "client_id": "lobby-tv",
        }
        assert await outcome(server.post("/token", asked)) == (400, "unauthorized_client")

    async def test_client_without_trusted_issuers_is_refused(
        self, server: ServerUnderTest, staff: Signer
    ) -> None:
        await server.add_machine("loner", grant_types=GRANTS)
        asked = form(staff.sign(claims()), client_id="loner")
        assert await outcome(server.post("/token", asked)) == (400, "invalid_grant")


class TestAssertion:
    @pytest.mark.parametrize(
        "changed",
        [
            {"iss": "https://unknown.example"},
            {"iss": "https://first.example"},
            {"iss": None},
            {"sub": "nobody"},
            {"sub": "u-nobody"},
            {"sub": "alice\0"},
            {"sub": "\udc00"},
            {"sub": None},
            {"aud": "https://other.example"},
            {"aud": [ISSUER]},
            {"aud": STAFF},
            {"exp": NOW},
            {"exp": NOW + 3631},
            {"iat": NOW - 601},
            {"exp": None},
            {"nbf": NOW + 60},
            {"iat": NOW + 60},
            {"jti": None},
            {"jti": "\0"},
        ],
        ids=str,
    )
    async def test_missing_or_wrong_claim_is_refused(
        self, server: ServerUnderTest, staff: Signer, changed: dict[str, Any]
    ) -> None:
        assert await outcome(server.post("/token", form(staff.sign(claims(**changed))))) == (
            400,
            "invalid_grant",
        )
        assert await server.parts.devices.of_user("u-alice") == []

    async def test_locked_account_can_not_be_asserted(self, server: ServerUnderTest, staff: Signer) -> None:
        await server.store.set_user_locked("u-alice", locked=True)
        assert await outcome(server.post("/token", form(staff.sign(claims())))) == (400, "invalid_grant")

    async def test_assertion_is_accepted_once_for_all_clients_together(
        self, server: ServerUnderTest, staff: Signer
    ) -> None:
        policy = ClientPolicy(assertion_issuers=(AssertionIssuer(STAFF, staff.jwks),))
        await server.add_machine("second", grant_types=GRANTS, scope=SCOPE, policy=policy)
        assertion = staff.sign(claims())
        assert await outcome(server.post("/token", form(assertion))) == (200, "")
        assert await outcome(server.post("/token", form(assertion))) == (400, "invalid_grant")
        assert await outcome(server.post("/token", form(assertion, client_id="second"))) == (
            400,
            "invalid_grant",
        )

    async def test_one_of_twenty_simultaneous_assertions_is_accepted(
        self, server: ServerUnderTest, staff: Signer
    ) -> None:
        assertion = staff.sign(claims())
        responses = await asyncio.gather(*(server.post("/token", form(assertion)) for _ in range(20)))
        assert sorted(response.status_code for response in responses) == [200] + [400] * 19
        assert len(await server.parts.devices.of_user("u-alice")) == 1

    async def test_signature_of_another_issuer_is_refused(
        self, server: ServerUnderTest, staff: Signer, signer_of: MakeSigner
    ) -> None:
        for other in (signer_of(number=2), signer_of("RS256"), signer_of(number=3, kid=None)):
            assert await outcome(server.post("/token", form(other.sign(claims())))) == (400, "invalid_grant")
        unsigned = staff.sign(claims(), alg="none").rpartition(".")[0] + "."
        assert await outcome(server.post("/token", form(unsigned))) == (400, "invalid_grant")

    async def test_client_can_not_sign_assertions_with_its_own_key(
        self, server: ServerUnderTest, staff: Signer, signer_of: MakeSigner
    ) -> None:
        own = signer_of(number=4)
        policy = ClientPolicy(assertion_issuers=(AssertionIssuer(STAFF, staff.jwks),))
        await server.add_machine("signer", grant_types=GRANTS, jwks=own.jwks, policy=policy)
        shown = own.sign({**claims(), "iss": "signer", "sub": "signer"})
        asked = {
            "grant_type": GrantType.JWT_BEARER,
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        }
        for assertion, expected in ((own.sign(claims("b")), "invalid_grant"), (staff.sign(claims("c")), "")):
            response = await server.post(
                "/token", {**asked, "client_assertion": shown, "assertion": assertion}
            )
            assert response.json().get("error", "") == expected
            shown = own.sign({**claims("second"), "iss": "signer", "sub": "signer"})

    async def test_error_quotes_nothing_of_the_assertion(
        self, server: ServerUnderTest, staff: Signer
    ) -> None:
        for name in ("iss", "sub", "aud"):
            response = await server.post("/token", form(staff.sign(claims(**{name: "<alert>"}))))
            assert (response.status_code, "alert" in response.text) == (400, False)

    async def test_refused_assertion_is_logged_without_its_subject(
        self, server: ServerUnderTest, staff: Signer
    ) -> None:
        with capture_logs() as logs:
            await server.post("/token", form(staff.sign(claims(sub="someone"))))
        (line,) = [line for line in logs if line["event"] == "sign_in.failed"]
        assert (line["client_id"], line["network"]) == ("exchange", "192.0.2.7")
        assert line["reason"] == "no account is linked to iss and sub, or it is locked"
        assert "someone" not in str(logs)
