"""A device cancels its code at the revocation endpoint (RFC 7009): the grant ends, whatever became of it."""

import asyncio
from typing import Any

import pytest
from structlog.testing import capture_logs

from pairgrant_protocol.device_grant import Decision, GrantStatus
from pairgrant_protocol.secret import Secret
from pairgrant_server.authorization_server.model.approval_hold import ApprovalHold
from pairgrant_server.authorization_server.model.records import DeviceGrant
from pairgrant_server.authorization_server.secrets.opaque_code import OpaqueCode
from tests.authorization_server.authentication.test_dpop import KEY, OTHER, proof
from tests.authorization_server.device_flow.test_return_channel import hold
from tests.authorization_server.server_under_test import ALICE, ServerUnderTest

VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


async def cancel(server: ServerUnderTest, codes: dict[str, Any], *, headers: Any = None, **form: str) -> None:
    asked = {"token": codes["device_code"], "client_id": "lobby-tv", **form}
    response = await server.post("/revoke", asked, headers=headers)
    assert (response.status_code, response.content) == (200, b""), response.text


async def grant_of(server: ServerUnderTest, codes: dict[str, Any]) -> DeviceGrant:
    """The grant behind ``codes``, whatever its state."""
    code = OpaqueCode.parse(Secret(codes["device_code"]))
    assert code is not None
    grant = await server.store.grant(code.grant_id)
    assert grant is not None
    return grant


async def error(server: ServerUnderTest, codes: dict[str, Any], **form: Any) -> str:
    members: dict[str, Any] = (await server.poll(codes, **form)).json()
    found: str = members.get("error", "tokens")
    return found


class TestPending:
    @pytest.mark.parametrize("hint", [{}, {"token_type_hint": "device_code"}, {"token_type_hint": "saml2"}])
    async def test_cancelled_code_can_not_be_approved(
        self, server: ServerUnderTest, hint: dict[str, str]
    ) -> None:
        codes = await server.start()
        grant = await server.grant(codes)
        await cancel(server, codes, **hint)
        decisions = server.parts.decisions
        approved = await decisions.approve(
            grant, viewer=None, user_id=ALICE.user_id, auth_time=server.clock()
        )
        assert approved is None
        assert await error(server, codes) == "access_denied"
        after = await grant_of(server, codes)
        assert (after.status, after.cancelled_at) == (GrantStatus.DENIED, server.clock())

    async def test_cancelling_twice_is_one_event_and_no_error(self, server: ServerUnderTest) -> None:
        codes = await server.start()
        with capture_logs() as logs:
            await cancel(server, codes)
            await cancel(server, codes)
        (line,) = [line for line in logs if line["event"] == "grant.cancelled"]
        grant = await grant_of(server, codes)
        assert line == {
            "event": "grant.cancelled",
            "log_level": "info",
            "network": "192.0.2.7",
            "client_id": "lobby-tv",
            "grant_id": grant.grant_id.hex(),
            "address": "192.0.2.7",
            "status": "pending",
        }

    async def test_held_poll_ends_the_moment_of_the_cancellation(self, server: ServerUnderTest) -> None:
        codes = await server.start()
        poll = await hold(server, codes)
        await cancel(server, codes)
        assert (await poll).json()["error"] == "access_denied"

    async def test_code_that_was_cancelled_is_no_reused_code(self, server: ServerUnderTest) -> None:
        codes = await server.start()
        await cancel(server, codes)
        with capture_logs() as logs:
            assert await server.parts.device_flow.look_up(codes["user_code"].replace("-", "")) is None
        assert [line["event"] for line in logs] == []

    async def test_expired_code_stays_expired(self, server: ServerUnderTest) -> None:
        codes = await server.start()
        server.clock.advance(600)
        await cancel(server, codes)
        assert await error(server, codes) == "expired_token"
        assert (await grant_of(server, codes)).cancelled_at is None

    async def test_denial_stays_that_of_the_person(self, server: ServerUnderTest) -> None:
        codes = await server.start()
        await server.decide(codes, Decision.DENY)
        await cancel(server, codes)
        assert (await grant_of(server, codes)).cancelled_at is None


class TestApproved:
    async def test_approval_that_is_not_redeemed_is_withdrawn(self, server: ServerUnderTest) -> None:
        codes = await server.start()
        assert await server.decide(codes)
        await cancel(server, codes)
        assert await error(server, codes) == "access_denied"
        assert await server.parts.devices.of_user(ALICE.user_id) == []

    async def test_approval_on_hold_is_withdrawn(self, server: ServerUnderTest) -> None:
        codes = await server.start()
        grant, now = await server.grant(codes), server.clock()
        hold_of_it = ApprovalHold(held_until=now + 20)
        assert await server.store.decide_grant(
            grant.grant_id, GrantStatus.APPROVED, ALICE.user_id, now, now, hold=hold_of_it
        )
        await cancel(server, codes)
        server.clock.advance(21)
        assert await error(server, codes) == "access_denied"

    async def test_poll_and_cancellation_at_once_leave_no_connected_device(
        self, server: ServerUnderTest
    ) -> None:
        """Whichever wins: nothing is issued, or what was issued is revoked."""
        for _ in range(10):
            codes = await server.start()
            assert await server.decide(codes)
            await asyncio.gather(server.poll(codes), cancel(server, codes), server.poll(codes))
            assert await server.parts.devices.of_user(ALICE.user_id) == []


class TestRedeemed:
    async def test_tokens_that_were_issued_are_revoked_with_their_family(
        self, server: ServerUnderTest
    ) -> None:
        codes = await server.start()
        assert await server.decide(codes)
        tokens = (await server.poll(codes)).json()
        with capture_logs() as logs:
            await cancel(server, codes)
        assert [line["status"] for line in logs if line["event"] == "grant.cancelled"] == ["redeemed"]
        assert (await server.refresh(tokens["refresh_token"])).json()["error"] == "invalid_grant"
        assert (await server.userinfo(tokens["access_token"])).status_code == 401
        assert await error(server, codes) == "invalid_grant"


class TestCaller:
    @pytest.mark.parametrize(
        "form",
        [
            {"client_id": "no-device"},
            {"client_id": "signage", "client_secret": "s3cret with / and + and %"},
        ],
    )
    async def test_other_client_ends_nothing_and_learns_nothing(
        self, server: ServerUnderTest, form: dict[str, str]
    ) -> None:
        codes = await server.start()
        await cancel(server, codes, **form)
        assert await server.decide(codes)
        assert await error(server, codes) == "tokens"

    async def test_other_secret_of_the_same_grant_ends_nothing(self, server: ServerUnderTest) -> None:
        codes = await server.start()
        guessed = {"device_code": codes["device_code"][:40] + "A" * 24}
        await cancel(server, guessed)
        assert await error(server, codes) == "authorization_pending"

    async def test_client_with_a_secret_has_to_authenticate(self, server: ServerUnderTest) -> None:
        secret = {"client_id": "signage", "client_secret": "s3cret with / and + and %"}
        codes = await server.start(**secret)
        form = {"token": codes["device_code"], "client_id": "signage"}
        response = await server.post("/revoke", form)
        assert (response.status_code, response.json()["error"]) == (401, "invalid_client")
        await cancel(server, codes, **secret)
        assert await error(server, codes, **secret) == "access_denied"

    async def test_grant_bound_to_a_key_ends_only_with_its_proof(self, server: ServerUnderTest) -> None:
        now = server.clock()
        response = await server.post(
            "/device_authorization",
            {"client_id": "lobby-tv"},
            headers={"dpop": proof("/device_authorization", at=now)},
        )
        codes = response.json()
        await cancel(server, codes)
        await cancel(server, codes, headers={"dpop": proof("/revoke", OTHER, at=now)})
        assert (await grant_of(server, codes)).status is GrantStatus.PENDING
        await cancel(server, codes, headers={"dpop": proof("/revoke", KEY, at=now)})
        assert (await grant_of(server, codes)).status is GrantStatus.DENIED

    async def test_invalid_proof_is_refused_with_a_nonce(self, server: ServerUnderTest) -> None:
        codes = await server.start()
        form = {"token": codes["device_code"], "client_id": "lobby-tv"}
        response = await server.post(
            "/revoke", form, headers={"dpop": proof("/token", KEY, at=server.clock())}
        )
        assert (response.status_code, response.json()["error"]) == (400, "invalid_dpop_proof")
        assert response.headers["dpop-nonce"]

    async def test_grant_with_a_challenge_ends_only_with_its_verifier(self, server: ServerUnderTest) -> None:
        codes = await server.start(code_challenge=CHALLENGE, code_challenge_method="S256")
        await cancel(server, codes)
        await cancel(server, codes, code_verifier="x" * 43)
        assert (await grant_of(server, codes)).status is GrantStatus.PENDING
        await cancel(server, codes, code_verifier=VERIFIER)
        assert (await grant_of(server, codes)).status is GrantStatus.DENIED


async def test_metadata_offers_the_revocation_of_device_codes(server: ServerUnderTest) -> None:
    document = (await server.http.get("/.well-known/oauth-authorization-server")).json()
    assert document["device_code_revocation_supported"] is True
