"""RFC 8628 §3.4 and §3.5: polls, in the order in which they are judged, and faults of other servers."""

import asyncio
import json
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from pairgrant_protocol.base64url import from_base64url
from pairgrant_protocol.device_grant import Decision
from pairgrant_protocol.sign_in_end import EndedBy
from pairgrant_protocol.user_code import normalize
from pairgrant_protocol.vocabulary import GrantType, PairingStage
from pairgrant_server.authorization_server.clients.clients import STALE_SECONDS
from pairgrant_server.authorization_server.model.client_policy import ClientPolicy
from tests.authorization_server.server_under_test import ServerUnderTest


def outcome(response: httpx.Response) -> tuple[int, str]:
    return response.status_code, response.json().get("error", "tokens")


def audience_of(tokens: dict[str, Any]) -> list[str]:
    claims = json.loads(from_base64url(tokens["access_token"].split(".")[1]))
    aud: list[str] = claims["aud"]
    return aud


class TestPending:
    async def test_first_poll_is_never_slowed_down(self, server: ServerUnderTest) -> None:
        codes = await server.start()
        assert outcome(await server.poll(codes)) == (400, "authorization_pending")

    async def test_polls_at_the_advertised_interval_are_never_slowed_down(
        self, server: ServerUnderTest
    ) -> None:
        codes = await server.start()
        for _ in range(20):
            assert outcome(await server.poll(codes)) == (400, "authorization_pending")
            server.clock.advance(codes["interval"])

    async def test_twins_are_not_slowed_down(self, server: ServerUnderTest) -> None:
        codes = await server.start()
        for _ in range(5):
            twins = await asyncio.gather(server.poll(codes), server.poll(codes))
            assert [outcome(twin) for twin in twins] == [(400, "authorization_pending")] * 2
            server.clock.advance(5)

    async def test_pending_response_carries_the_stage(self, server: ServerUnderTest) -> None:
        codes = await server.start()
        assert (await server.poll(codes)).json()["pairing_stage"] == "waiting"
        grant = await server.grant(codes)
        await server.parts.device_flow.advance_stage(grant.grant_id, PairingStage.CONFIRMING)
        server.clock.advance(5)
        assert (await server.poll(codes)).json()["pairing_stage"] == "confirming"


class TestSlowDown:
    async def test_early_poll_adds_five_seconds_permanently(self, server: ServerUnderTest) -> None:
        codes = await server.start()
        await server.poll(codes)
        server.clock.advance(2)
        slowed = await server.poll(codes)
        assert outcome(slowed) == (400, "slow_down")
        assert slowed.json()["interval"] == 10
        server.clock.advance(10)
        assert outcome(await server.poll(codes)) == (400, "authorization_pending")
        server.clock.advance(6)
        assert (await server.poll(codes)).json()["interval"] == 15

    async def test_slow_down_is_stored_before_its_response(self, server: ServerUnderTest) -> None:
        codes = await server.start()
        await server.poll(codes)
        server.clock.advance(2)
        await server.poll(codes)
        grant = await server.grant(codes)
        assert grant.interval == 10

    async def test_interval_grows_to_at_most_sixty_seconds(self, server: ServerUnderTest) -> None:
        codes = await server.start()
        intervals = []
        for _ in range(16):
            intervals.append((await server.poll(codes)).json().get("interval"))
            server.clock.advance(1.5)
        assert intervals[-1] == 60

    async def test_device_that_obeys_is_slowed_down_once(self, server: ServerUnderTest) -> None:
        codes = await server.start()
        await server.poll(codes)
        server.clock.advance(1.5)
        interval = (await server.poll(codes)).json()["interval"]
        for _ in range(5):
            server.clock.advance(interval)
            assert outcome(await server.poll(codes)) == (400, "authorization_pending")


class TestApproved:
    async def test_approval_is_never_withheld_because_the_poll_came_early(
        self, server: ServerUnderTest
    ) -> None:
        codes = await server.start()
        await server.poll(codes)
        assert await server.decide(codes)
        server.clock.advance(1.5)
        assert outcome(await server.poll(codes)) == (200, "tokens")

    async def test_approved_poll_gets_a_token_response_that_is_not_cached(
        self, server: ServerUnderTest
    ) -> None:
        codes = await server.start(scope="openid offline_access board:read")
        assert await server.decide(codes)
        response = await server.poll(codes)
        assert response.headers["cache-control"] == "no-store"
        members = response.json()
        assert {name: members[name] for name in ("token_type", "expires_in", "scope")} == {
            "token_type": "Bearer",
            "expires_in": 600,
            "scope": "openid offline_access board:read",
        }
        assert set(members) == {
            "access_token",
            "token_type",
            "expires_in",
            "refresh_token",
            "refresh_token_expires_in",
            "scope",
            "id_token",
        }

    async def test_redeemed_grant_becomes_a_connected_device(self, server: ServerUnderTest) -> None:
        await server.connect(device_name="Lobby")
        (device,) = await server.parts.devices.of_user("u-alice")
        assert (device.name, device.client_id, device.address) == ("Lobby", "lobby-tv", "192.0.2.7")

    async def test_fifty_redemptions_at_once_give_one_response_and_one_repetition(
        self, server: ServerUnderTest
    ) -> None:
        codes = await server.start()
        assert await server.decide(codes)
        responses = await asyncio.gather(*(server.poll(codes) for _ in range(50)))
        assert [outcome(one) for one in responses].count((200, "tokens")) == 2
        assert len({response.content for response in responses if response.is_success}) == 1
        assert await server.parts.devices.of_user("u-alice") == []

    async def test_two_redemptions_at_once_connect_one_device(self, server: ServerUnderTest) -> None:
        codes = await server.start()
        assert await server.decide(codes)
        responses = await asyncio.gather(*(server.poll(codes) for _ in range(2)))
        assert {outcome(response) for response in responses} == {(200, "tokens")}
        assert len({response.content for response in responses}) == 1, (
            "one set of tokens, given again to the same caller"
        )
        assert len(await server.parts.devices.of_user("u-alice")) == 1

    async def test_scope_without_offline_access_gets_no_refresh_token(self, server: ServerUnderTest) -> None:
        codes = await server.start(scope="openid")
        assert await server.decide(codes)
        assert "refresh_token" not in (await server.poll(codes)).json()


class TestRedeemed:
    async def test_lost_response_is_repeated_for_a_minute(self, server: ServerUnderTest) -> None:
        codes = await server.start()
        assert await server.decide(codes)
        first = await server.poll(codes)
        server.clock.advance(59)
        assert (await server.poll(codes)).content == first.content

    async def test_lost_response_is_repeated_once_and_the_next_repetition_ends_the_family(
        self, server: ServerUnderTest
    ) -> None:
        codes = await server.start()
        assert await server.decide(codes)
        first = await server.poll(codes)
        assert (await server.poll(codes)).content == first.content
        assert outcome(await server.poll(codes)) == (400, "invalid_grant")
        assert (await server.userinfo(first.json()["access_token"])).status_code == 401

    async def test_lost_response_is_not_repeated_to_another_network(self, server: ServerUnderTest) -> None:
        codes = await server.start()
        assert await server.decide(codes)
        first = await server.poll(codes)
        async with server.called_from("198.51.100.9"):
            assert outcome(await server.poll(codes)) == (400, "invalid_grant")
        assert (await server.userinfo(first.json()["access_token"])).status_code == 401

    async def test_lost_response_is_repeated_to_the_network_that_polled(
        self, server: ServerUnderTest
    ) -> None:
        """It may be another one than that of the device authorization."""
        codes = await server.start()
        assert await server.decide(codes)
        async with server.called_from("198.51.100.9"):
            first = await server.poll(codes)
            assert (await server.poll(codes)).content == first.content

    async def test_code_used_again_after_a_minute_revokes_its_tokens(self, server: ServerUnderTest) -> None:
        codes = await server.start()
        assert await server.decide(codes)
        tokens = (await server.poll(codes)).json()
        server.clock.advance(61)
        assert outcome(await server.poll(codes)) == (400, "invalid_grant")
        assert outcome(await server.refresh(tokens["refresh_token"])) == (400, "invalid_grant")
        assert (await server.userinfo(tokens["access_token"])).status_code == 401

    async def test_late_twin_does_not_harm_a_device_that_has_refreshed(self, server: ServerUnderTest) -> None:
        codes = await server.start()
        assert await server.decide(codes)
        tokens = (await server.poll(codes)).json()
        server.clock.advance(5)
        refreshed = (await server.refresh(tokens["refresh_token"])).json()
        assert outcome(await server.poll(codes)) == (400, "invalid_grant")
        assert outcome(await server.refresh(refreshed["refresh_token"])) == (200, "tokens")

    async def test_lost_response_is_not_repeated_to_another_client(self, server: ServerUnderTest) -> None:
        codes = await server.start()
        assert await server.decide(codes)
        await server.poll(codes)
        response = await server.poll(codes, client_id="signage", client_secret="s3cret with / and + and %")
        assert outcome(response) == (400, "invalid_grant")

    async def test_clock_that_steps_back_between_twins_does_no_harm(self, server: ServerUnderTest) -> None:
        codes = await server.start()
        assert await server.decide(codes)
        first = await server.poll(codes)
        server.clock.advance(-0.01)
        assert (await server.poll(codes)).content == first.content

    async def test_lost_response_is_not_repeated_to_a_locked_account(self, server: ServerUnderTest) -> None:
        codes = await server.start()
        assert await server.decide(codes)
        await server.poll(codes)
        await server.store.set_user_locked("u-alice", locked=True)
        assert outcome(await server.poll(codes)) == (400, "invalid_grant")

    async def test_lost_response_is_not_repeated_to_a_revoked_device(self, server: ServerUnderTest) -> None:
        codes = await server.start()
        assert await server.decide(codes)
        await server.poll(codes)
        (device,) = await server.parts.devices.of_user("u-alice")
        assert await server.parts.devices.revoke(device.device_id, EndedBy.USER)
        assert outcome(await server.poll(codes)) == (400, "invalid_grant")


class TestResource:
    """RFC 8707 §2.2."""

    ONE, TWO = "https://one.example/api", "https://two.example/api"

    async def approved(self, server: ServerUnderTest) -> dict[str, Any]:
        """The codes of an approved pairing for both resources."""
        await server.change_client("lobby-tv", policy=ClientPolicy(resources=(self.ONE, self.TWO)))
        server.clock.advance(STALE_SECONDS)
        form = [("client_id", "lobby-tv"), ("scope", "board:read offline_access")]
        body = urlencode([*form, ("resource", self.ONE), ("resource", self.TWO)])
        headers = {"content-type": "application/x-www-form-urlencoded"}
        response = await server.http.post("/device_authorization", content=body, headers=headers)
        codes: dict[str, Any] = response.json()
        assert await server.decide(codes)
        return codes

    async def test_poll_can_narrow_the_resources_of_one_access_token(self, server: ServerUnderTest) -> None:
        tokens = (await server.poll(await self.approved(server), resource=self.ONE)).json()
        assert audience_of(tokens) == [self.ONE]
        refreshed = (await server.refresh(tokens["refresh_token"])).json()
        assert audience_of(refreshed) == [self.ONE, self.TWO], "the approval is for both"

    @pytest.mark.parametrize(
        ("resources", "expected"),
        [(("", ONE), [ONE]), ((ONE, ""), [ONE]), (("", ""), [ONE, TWO]), ((ONE, ONE), [ONE])],
    )
    async def test_empty_or_repeated_resource_counts_for_nothing(
        self, server: ServerUnderTest, resources: tuple[str, str], expected: list[str]
    ) -> None:
        """RFC 6749 §3.1: a parameter without a value is treated as if it were omitted."""
        codes = await self.approved(server)
        asked = {
            "grant_type": str(GrantType.DEVICE_CODE),
            "client_id": "lobby-tv",
            "device_code": codes["device_code"],
        }
        body = urlencode([*asked.items(), *(("resource", one) for one in resources)])
        headers = {"content-type": "application/x-www-form-urlencoded"}
        response = await server.http.post("/token", content=body, headers=headers)
        assert audience_of(response.json()) == expected

    async def test_poll_without_a_resource_gets_all_that_were_approved(self, server: ServerUnderTest) -> None:
        assert audience_of((await server.poll(await self.approved(server))).json()) == [self.ONE, self.TWO]

    @pytest.mark.parametrize("resource", ["https://evil.example/", f"{ONE}\t{TWO}", f"{ONE}\u00a0{TWO}"])
    async def test_poll_for_a_resource_of_another_client_is_an_invalid_target(
        self, server: ServerUnderTest, resource: str
    ) -> None:
        codes = await self.approved(server)
        assert outcome(await server.poll(codes, resource=resource)) == (400, "invalid_target")
        assert outcome(await server.poll(codes)) == (200, "tokens")

    async def test_poll_for_more_than_was_approved_is_an_invalid_target(
        self, server: ServerUnderTest
    ) -> None:
        await server.change_client("lobby-tv", policy=ClientPolicy(resources=(self.ONE, self.TWO)))
        server.clock.advance(STALE_SECONDS)
        codes = await server.start(scope="board:read", resource=self.ONE)
        assert await server.decide(codes)
        assert outcome(await server.poll(codes, resource=self.TWO)) == (400, "invalid_target")
        assert audience_of((await server.poll(codes, resource=self.ONE)).json()) == [self.ONE]

    async def test_lost_response_is_not_repeated_for_another_resource(self, server: ServerUnderTest) -> None:
        codes = await self.approved(server)
        first = await server.poll(codes, resource=self.ONE)
        for other in ("https://evil.example/", self.TWO):
            assert outcome(await server.poll(codes, resource=other)) == (400, "invalid_target")
        assert (await server.poll(codes, resource=self.ONE)).content == first.content

    async def test_lost_refresh_response_is_not_repeated_for_another_resource_or_scope(
        self, server: ServerUnderTest
    ) -> None:
        tokens = (await server.poll(await self.approved(server))).json()
        asked = {"resource": self.ONE, "scope": "board:read"}
        first = await server.refresh(tokens["refresh_token"], **asked)
        for other in ("https://evil.example/", self.TWO):
            again = await server.refresh(tokens["refresh_token"], resource=other)
            assert outcome(again) == (400, "invalid_target")
        again = await server.refresh(tokens["refresh_token"], scope="offline_access")
        assert outcome(again) == (400, "invalid_scope")
        assert (await server.refresh(tokens["refresh_token"], **asked)).content == first.content


class TestEnds:
    async def test_denial_reaches_the_device_and_stays(self, server: ServerUnderTest) -> None:
        codes = await server.start()
        assert await server.decide(codes, Decision.DENY)
        for _ in range(3):
            assert outcome(await server.poll(codes)) == (400, "access_denied")
        assert await server.parts.devices.of_user("u-alice") == []

    async def test_expired_code_stays_expired(self, server: ServerUnderTest) -> None:
        codes = await server.start()
        server.clock.advance(600)
        for _ in range(3):
            assert outcome(await server.poll(codes)) == (400, "expired_token")

    async def test_approval_that_is_not_redeemed_in_time_expires(self, server: ServerUnderTest) -> None:
        codes = await server.start()
        assert await server.decide(codes)
        server.clock.advance(600)
        assert outcome(await server.poll(codes)) == (400, "expired_token")
        assert await server.parts.devices.of_user("u-alice") == []

    async def test_expired_grant_can_not_be_decided(self, server: ServerUnderTest) -> None:
        codes = await server.start()
        grant = await server.grant(codes)
        server.clock.advance(600)
        who: dict[str, Any] = {"user_id": "u-alice", "auth_time": server.clock()}
        assert await server.parts.decisions.approve(grant, viewer=None, **who) is None
        assert not await server.parts.decisions.deny(grant.grant_id, **who)
        assert await server.parts.device_flow.look_up(normalize(codes["user_code"])) is None

    @pytest.mark.parametrize("position", [0, 20, 22, 40, 63])
    async def test_code_that_differs_in_one_letter_is_unknown(
        self, server: ServerUnderTest, position: int
    ) -> None:
        codes = await server.start()
        assert await server.decide(codes)
        code = codes["device_code"]
        other = "A" if code[position] != "A" else "B"
        altered = {**codes, "device_code": code[:position] + other + code[position + 1 :]}
        assert outcome(await server.poll(altered)) == (400, "invalid_grant")

    async def test_unknown_decided_and_used_codes_look_alike(self, server: ServerUnderTest) -> None:
        approved, denied = await server.start(), await server.start()
        await server.decide(approved)
        await server.decide(denied, Decision.DENY)
        codes = [approved["user_code"], denied["user_code"], "BBBB-BBBB"]
        assert [await server.parts.device_flow.look_up(normalize(code)) for code in codes] == [None] * 3

    @pytest.mark.parametrize("device_code", ["x", "A" * 64, "A" * 63, "ä" * 64, "A" * 64 + "==", "😀"])
    async def test_invented_code_is_an_invalid_grant(self, server: ServerUnderTest, device_code: str) -> None:
        assert outcome(await server.poll({"device_code": device_code})) == (400, "invalid_grant")

    async def test_right_identifier_with_the_wrong_secret_is_an_invalid_grant(
        self, server: ServerUnderTest
    ) -> None:
        codes = await server.start()
        forged = codes["device_code"][:-4] + "AAAA"
        assert outcome(await server.poll({"device_code": forged})) == (400, "invalid_grant")

    async def test_missing_code_is_an_invalid_request(self, server: ServerUnderTest) -> None:
        assert outcome(await server.poll({"device_code": ""})) == (400, "invalid_request")

    async def test_code_of_another_client_is_an_invalid_grant_and_stays_valid(
        self, server: ServerUnderTest
    ) -> None:
        codes = await server.start()
        assert await server.decide(codes)
        theft = await server.poll(codes, client_id="signage", client_secret="s3cret with / and + and %")
        assert outcome(theft) == (400, "invalid_grant")
        assert outcome(await server.poll(codes)) == (200, "tokens")


class TestAccounts:
    async def test_locked_account_gets_no_tokens(self, server: ServerUnderTest) -> None:
        codes = await server.start()
        assert await server.decide(codes)
        await server.store.set_user_locked("u-alice", locked=True)
        assert outcome(await server.poll(codes)) == (400, "access_denied")
        assert await server.parts.devices.of_user("u-alice") == []

    async def test_grant_of_a_removed_account_is_gone(self, server: ServerUnderTest) -> None:
        codes = await server.start()
        assert await server.decide(codes)
        await server.store.remove_user("u-alice")
        assert outcome(await server.poll(codes)) == (400, "invalid_grant")

    async def test_removed_client_is_an_invalid_client(self, server: ServerUnderTest) -> None:
        codes = await server.start()
        await server.parts.clients.remove("lobby-tv")
        assert outcome(await server.poll(codes)) == (401, "invalid_client")


class TestGrantTypes:
    @pytest.mark.parametrize("grant_type", ["password", "implicit", "x" * 999])
    async def test_grant_type_that_is_not_offered_is_unsupported(
        self, server: ServerUnderTest, grant_type: str
    ) -> None:
        response = await server.post("/token", {"grant_type": grant_type, "client_id": "lobby-tv"})
        assert outcome(response) == (400, "unsupported_grant_type")

    async def test_missing_grant_type_is_an_invalid_request(self, server: ServerUnderTest) -> None:
        assert outcome(await server.post("/token", {"client_id": "lobby-tv"})) == (400, "invalid_request")

    async def test_grant_type_that_the_client_may_not_use_is_refused(self, server: ServerUnderTest) -> None:
        codes = await server.start()
        assert outcome(await server.poll(codes, client_id="no-device")) == (400, "unauthorized_client")


class TestRestart:
    async def test_clock_set_back_an_hour_extends_no_code_and_slows_no_device(
        self, server: ServerUnderTest
    ) -> None:
        codes = await server.start()
        await server.poll(codes)
        server.clock.advance(-3600)
        assert outcome(await server.poll(codes)) == (400, "authorization_pending")
