"""What the device of an ended sign-in is told at its next refresh, and who is told nothing."""

from typing import Any

import pytest

from pairgrant_protocol.device_grant import GrantStatus
from pairgrant_protocol.sign_in_end import EndedBy
from pairgrant_server.authorization_server.model.approval_hold import ApprovalHold
from pairgrant_server.authorization_server.model.client_policy import ClientPolicy
from pairgrant_server.authorization_server.model.records import ConnectedDevice
from tests.authorization_server.authentication.test_dpop import KEY, OTHER, proof
from tests.authorization_server.server_under_test import ALICE, ServerUnderTest


async def ended(server: ServerUnderTest, refresh_token: str, *, headers: Any = None, **form: str) -> Any:
    """The member of the response to a refresh; None if there is none."""
    asked = {"grant_type": "refresh_token", "refresh_token": refresh_token, "client_id": "lobby-tv", **form}
    response = await server.post("/token", asked, headers=headers)
    assert (response.status_code, response.json()["error"]) == (400, "invalid_grant"), response.text
    assert response.headers["cache-control"] == "no-store"
    return response.json().get("pairgrant_ended")


async def the_device(server: ServerUnderTest) -> ConnectedDevice:
    (device,) = await server.parts.devices.of_user(ALICE.user_id)
    return device


async def remove(server: ServerUnderTest) -> None:
    """Alice removes her device at the site."""
    device = await the_device(server)
    assert await server.parts.devices.revoke(device.device_id, EndedBy.USER, user_id=ALICE.user_id)


class TestReasons:
    async def test_device_that_its_user_removed_learns_who_and_when(self, server: ServerUnderTest) -> None:
        tokens = await server.connect(scope="openid profile offline_access")
        server.clock.advance(60)
        await remove(server)
        expected = {"by": "user", "name": "Alice Liddell", "at": int(server.clock())}
        server.clock.advance(120)
        assert await ended(server, tokens["refresh_token"]) == expected
        assert await ended(server, tokens["refresh_token"]) == expected, "as often as it asks"

    async def test_device_without_profile_gets_no_name(self, server: ServerUnderTest) -> None:
        tokens = await server.connect(scope="openid offline_access board:read")
        await remove(server)
        assert await ended(server, tokens["refresh_token"]) == {"by": "user", "at": int(server.clock())}

    async def test_device_that_the_operator_removed_gets_no_name(self, server: ServerUnderTest) -> None:
        tokens = await server.connect()
        await server.parts.devices.revoke((await the_device(server)).device_id, EndedBy.OPERATOR)
        assert await ended(server, tokens["refresh_token"]) == {"by": "operator", "at": int(server.clock())}

    async def test_new_password_of_the_operator_ends_devices_as_the_operator(
        self, server: ServerUnderTest
    ) -> None:
        tokens = await server.connect()
        now = server.clock()
        assert await server.store.set_password_hash(ALICE.user_id, "$hash$", connections_end=now)
        assert await ended(server, tokens["refresh_token"]) == {"by": "operator", "at": int(now)}

    async def test_reported_device_learns_no_name(self, server: ServerUnderTest) -> None:
        tokens = await server.connect()
        await server.parts.reports.report_device(
            await the_device(server), page="device", network="192.0.2.9", user_id=ALICE.user_id
        )
        assert await ended(server, tokens["refresh_token"]) == {"by": "report", "at": int(server.clock())}

    async def test_undone_approval_was_ended_by_its_user(self, server: ServerUnderTest) -> None:
        codes = await server.start()
        grant = await server.grant(codes)
        assert await server.decide(codes)
        tokens = (await server.poll(codes)).json()
        assert await server.parts.decisions.undo(grant.grant_id, user_id=ALICE.user_id, network="192.0.2.7")
        assert (await ended(server, tokens["refresh_token"]))["by"] == "user"

    async def test_expired_sign_in_says_when_it_expired(self, server: ServerUnderTest) -> None:
        tokens = await server.connect()
        expires_at = (await the_device(server)).expires_at
        server.clock.advance(400 * 86_400)
        expected = {"by": "expired", "at": int(expires_at)}
        assert await ended(server, tokens["refresh_token"]) == expected

    @pytest.mark.parametrize("is_swept", [False, True])
    async def test_sign_in_that_was_not_confirmed_says_so(
        self, server: ServerUnderTest, *, is_swept: bool
    ) -> None:
        codes = await server.start()
        grant, now = await server.grant(codes), server.clock()
        hold = ApprovalHold(confirm_within=120)
        assert await server.store.decide_grant(
            grant.grant_id, GrantStatus.APPROVED, ALICE.user_id, now, now, hold=hold
        )
        tokens = (await server.poll(codes)).json()
        server.clock.advance(120)
        if is_swept:
            assert await server.parts.devices.end_unconfirmed() == 1
        assert await ended(server, tokens["refresh_token"]) == {"by": "unconfirmed", "at": int(now + 120)}

    async def test_device_whose_old_token_was_used_again_learns_that_and_no_name(
        self, server: ServerUnderTest
    ) -> None:
        tokens = await server.connect()
        latest = (await server.refresh(tokens["refresh_token"])).json()
        async with server.called_from("198.51.100.9"):
            assert await ended(server, tokens["refresh_token"]) is None, "the thief"
        assert await ended(server, latest["refresh_token"]) == {"by": "reuse", "at": int(server.clock())}

    async def test_device_that_revoked_its_own_tokens(self, server: ServerUnderTest) -> None:
        tokens = await server.connect()
        await server.post("/revoke", {"client_id": "lobby-tv", "token": tokens["refresh_token"]})
        assert await ended(server, tokens["refresh_token"]) == {"by": "client", "at": int(server.clock())}


class TestStrangers:
    async def test_older_token_of_the_family_learns_nothing(self, server: ServerUnderTest) -> None:
        tokens = await server.connect()
        latest = (await server.refresh(tokens["refresh_token"])).json()
        await remove(server)
        assert await ended(server, tokens["refresh_token"]) is None
        assert (await ended(server, latest["refresh_token"]))["by"] == "user"

    async def test_invented_token_learns_nothing(self, server: ServerUnderTest) -> None:
        tokens = await server.connect()
        await remove(server)
        forged = tokens["refresh_token"][:-4] + "AAAA"
        assert await ended(server, forged) is None

    async def test_other_client_with_the_token_learns_nothing(self, server: ServerUnderTest) -> None:
        tokens = await server.connect()
        await remove(server)
        assert await ended(server, tokens["refresh_token"], client_id="no-device") is None

    async def test_token_without_the_key_it_is_bound_to_learns_nothing(self, server: ServerUnderTest) -> None:
        now = server.clock()
        codes = await server.start(dpop_jkt=KEY.thumbprint())
        assert await server.decide(codes)
        tokens = (await server.poll(codes, headers={"dpop": proof(at=now)})).json()
        await remove(server)
        token = tokens["refresh_token"]
        assert await ended(server, token) is None
        assert await ended(server, token, headers={"dpop": proof(key=OTHER, at=now)}) is None
        assert (await ended(server, token, headers={"dpop": proof(at=now)}))["by"] == "user"

    async def test_unbound_token_of_a_client_that_has_to_use_a_key_learns_nothing(
        self, server: ServerUnderTest
    ) -> None:
        tokens = await server.connect()
        await remove(server)
        await server.change_client("lobby-tv", policy=ClientPolicy(requires_dpop=True))
        server.clock.advance(5)
        headers = {"dpop": proof(at=server.clock())}
        assert await ended(server, tokens["refresh_token"], headers=headers) is None
