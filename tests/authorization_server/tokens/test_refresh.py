"""RFC 6749 §6 with the rotation of RFC 9700 §4.14: one family per connected device."""

import asyncio

import httpx
import pytest
from structlog.testing import capture_logs

from pairgrant_protocol.sign_in_end import EndedBy
from pairgrant_protocol.vocabulary import GrantType
from pairgrant_server.authorization_server.clients.clients import STALE_SECONDS
from pairgrant_server.authorization_server.limits.network import unknown_address
from pairgrant_server.authorization_server.model.connected_device import Rotation
from pairgrant_server.authorization_server.model.settings import ServerSettings
from pairgrant_server.authorization_server.model.with_account import RefreshedDevice
from pairgrant_server.security_events import SecurityEvent
from tests.authorization_server.server_under_test import ServerUnderTest


def outcome(response: httpx.Response) -> tuple[int, str]:
    return response.status_code, response.json().get("error", "tokens")


class TestRotation:
    async def test_each_refresh_gives_new_tokens(self, server: ServerUnderTest) -> None:
        first = await server.connect()
        second = (await server.refresh(first["refresh_token"])).json()
        third = (await server.refresh(second["refresh_token"])).json()
        assert len({tokens["refresh_token"] for tokens in (first, second, third)}) == 3
        assert len({tokens["access_token"] for tokens in (first, second, third)}) == 3
        assert (await server.userinfo(third["access_token"])).status_code == 200

    async def test_lost_refresh_response_is_repeated_for_a_minute(self, server: ServerUnderTest) -> None:
        first = await server.connect()
        response = await server.refresh(first["refresh_token"])
        server.clock.advance(60)
        assert (await server.refresh(first["refresh_token"])).content == response.content

    async def test_two_simultaneous_refreshes_give_one_successor(self, server: ServerUnderTest) -> None:
        first = await server.connect()
        responses = await asyncio.gather(*(server.refresh(first["refresh_token"]) for _ in range(2)))
        assert len({response.content for response in responses}) == 1
        assert outcome(responses[0]) == (200, "tokens")

    async def test_fifty_simultaneous_refreshes_give_one_successor_and_one_repetition(
        self, server: ServerUnderTest
    ) -> None:
        first = await server.connect()
        responses = await asyncio.gather(*(server.refresh(first["refresh_token"]) for _ in range(50)))
        assert len({response.content for response in responses if response.is_success}) == 1
        assert [outcome(one) for one in responses].count((200, "tokens")) == 2
        assert await server.parts.devices.of_user("u-alice") == []

    async def test_removal_during_a_refresh_is_no_reuse(
        self, server: ServerUnderTest, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        tokens = await server.connect()
        (device,) = await server.parts.devices.of_user("u-alice")
        rotate = server.store.rotate_refresh

        async def removed_first(rotation: Rotation) -> bool:
            now = server.clock()
            assert await server.store.ask_removal("u-alice", device.device_id, now, now, "e1")
            return await rotate(rotation)

        monkeypatch.setattr(server.store, "rotate_refresh", removed_first)
        with capture_logs() as logs:
            response = await server.refresh(tokens["refresh_token"])
        assert response.json()["pairgrant_ended"]["by"] == EndedBy.USER
        assert SecurityEvent.FAMILY_ENDED not in {line["event"] for line in logs}
        assert await server.parts.end_due() == 1

    async def test_latest_token_of_a_device_that_seemed_ended_is_no_reuse(
        self, server: ServerUnderTest, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Two reads of one refresh can disagree: another process, with another clock, has kept the device."""
        tokens = await server.connect()
        read = server.store.refreshed_device

        async def ended(device_id: str) -> RefreshedDevice | None:
            found = await read(device_id)
            return None if found is None else found._replace(confirm_by=server.clock())

        with monkeypatch.context() as patched, capture_logs() as logs:
            patched.setattr(server.store, "refreshed_device", ended)
            assert outcome(await server.refresh(tokens["refresh_token"])) == (400, "invalid_grant")
        assert SecurityEvent.FAMILY_ENDED not in {line["event"] for line in logs}
        assert outcome(await server.refresh(tokens["refresh_token"])) == (200, "tokens")

    async def test_old_refresh_token_after_a_minute_revokes_the_family(self, server: ServerUnderTest) -> None:
        first = await server.connect()
        second = (await server.refresh(first["refresh_token"])).json()
        server.clock.advance(61)
        assert outcome(await server.refresh(first["refresh_token"])) == (400, "invalid_grant")
        assert outcome(await server.refresh(second["refresh_token"])) == (400, "invalid_grant")
        assert (await server.userinfo(second["access_token"])).status_code == 401

    async def test_old_refresh_token_revokes_the_family_after_its_successor_was_used(
        self, server: ServerUnderTest
    ) -> None:
        first = await server.connect()
        second = (await server.refresh(first["refresh_token"])).json()
        third = (await server.refresh(second["refresh_token"])).json()
        assert outcome(await server.refresh(first["refresh_token"])) == (400, "invalid_grant")
        assert outcome(await server.refresh(third["refresh_token"])) == (400, "invalid_grant")

    async def test_replayed_refresh_token_revokes_no_other_device(self, server: ServerUnderTest) -> None:
        lobby, kitchen = await server.connect(), await server.connect()
        await server.refresh(lobby["refresh_token"])
        server.clock.advance(61)
        await server.refresh(lobby["refresh_token"])
        assert outcome(await server.refresh(kitchen["refresh_token"])) == (200, "tokens")

    async def test_invented_refresh_token_revokes_nothing(self, server: ServerUnderTest) -> None:
        first = await server.connect()
        forged = first["refresh_token"][:-8] + "AAAAAAAA"
        assert outcome(await server.refresh(forged)) == (400, "invalid_grant")
        assert outcome(await server.refresh(first["refresh_token"])) == (200, "tokens")


class TestLostResponse:
    """The response is repeated once for each rotation, to the same network or the same proved key."""

    async def test_lost_response_is_repeated_once_and_the_next_repetition_ends_the_family(
        self, server: ServerUnderTest
    ) -> None:
        first = await server.connect()
        second = await server.refresh(first["refresh_token"])
        assert (await server.refresh(first["refresh_token"])).content == second.content
        assert outcome(await server.refresh(first["refresh_token"])) == (400, "invalid_grant")
        assert outcome(await server.refresh(second.json()["refresh_token"])) == (400, "invalid_grant")
        assert (await server.userinfo(second.json()["access_token"])).status_code == 401

    async def test_each_rotation_can_lose_its_response_once(self, server: ServerUnderTest) -> None:
        tokens = await server.connect()
        for _ in range(3):
            lost = await server.refresh(tokens["refresh_token"])
            again = await server.refresh(tokens["refresh_token"])
            assert again.content == lost.content
            tokens = again.json()

    async def test_copy_that_keeps_in_step_from_another_network_ends_the_family(
        self, server: ServerUnderTest
    ) -> None:
        first = await server.connect()
        second = (await server.refresh(first["refresh_token"])).json()
        async with server.called_from("198.51.100.9"):
            assert outcome(await server.refresh(first["refresh_token"])) == (400, "invalid_grant")
        assert outcome(await server.refresh(second["refresh_token"])) == (400, "invalid_grant")

    async def test_thief_who_refreshes_first_loses_the_family_to_the_device(
        self, server: ServerUnderTest
    ) -> None:
        first = await server.connect()
        async with server.called_from("198.51.100.9"):
            stolen = (await server.refresh(first["refresh_token"])).json()
        assert outcome(await server.refresh(first["refresh_token"])) == (400, "invalid_grant")
        assert (await server.userinfo(stolen["access_token"])).status_code == 401

    async def test_network_is_the_prefix_of_an_ipv6_address(self, server: ServerUnderTest) -> None:
        async with server.called_from("2001:db8:1:200::7"):
            first = await server.connect()
            lost = await server.refresh(first["refresh_token"])
        async with server.called_from("2001:db8:1:2ff::8"):
            assert (await server.refresh(first["refresh_token"])).content == lost.content

    async def test_unknown_network_is_not_the_same_network_and_the_event_names_the_setting(
        self, server: ServerUnderTest
    ) -> None:
        """Behind a proxy that is not trusted, a thief has the address of the device."""
        async with server.called_from(unknown_address("10.0.0.1")):
            first = await server.connect()
            await server.refresh(first["refresh_token"])
            with capture_logs() as logs:
                assert outcome(await server.refresh(first["refresh_token"])) == (400, "invalid_grant")
        (line,) = [line for line in logs if line["event"] == "family.ended"]
        assert "PAIRGRANT_TRUSTED_PROXIES" in line["reason"]

    async def test_end_of_a_family_for_other_causes_names_no_setting(self, server: ServerUnderTest) -> None:
        async with server.called_from(unknown_address("10.0.0.1")):
            late = await server.connect()
            await server.refresh(late["refresh_token"])
        elsewhere = await server.connect()
        await server.refresh(elsewhere["refresh_token"])
        with capture_logs() as logs:
            async with server.called_from("198.51.100.9"):
                await server.refresh(elsewhere["refresh_token"])
            server.clock.advance(61)
            async with server.called_from(unknown_address("10.0.0.1")):
                await server.refresh(late["refresh_token"])
        lines = [line for line in logs if line["event"] == "family.ended"]
        assert [line.get("reason") for line in lines] == [None, None]

    async def test_lost_response_to_a_poll_from_an_unknown_network_ends_with_the_setting_named(
        self, server: ServerUnderTest
    ) -> None:
        async with server.called_from(unknown_address("10.0.0.1")):
            codes = await server.start()
            assert await server.decide(codes)
            assert (await server.poll(codes)).status_code == 200
            with capture_logs() as logs:
                assert outcome(await server.poll(codes)) == (400, "invalid_grant")
        (line,) = [line for line in logs if line["event"] == "family.ended"]
        assert "PAIRGRANT_TRUSTED_PROXIES" in line["reason"]

    async def test_one_of_ten_simultaneous_repetitions_is_given(self, server: ServerUnderTest) -> None:
        first = await server.connect()
        await server.refresh(first["refresh_token"])
        again = await asyncio.gather(*(server.refresh(first["refresh_token"]) for _ in range(10)))
        assert [outcome(response) for response in again].count((200, "tokens")) == 1

    async def test_repetition_and_end_of_a_family_are_logged_without_a_token(
        self, server: ServerUnderTest
    ) -> None:
        first = await server.connect()
        await server.refresh(first["refresh_token"])
        with capture_logs() as logs:
            await server.refresh(first["refresh_token"])
            await server.refresh(first["refresh_token"])
        said = [line for line in logs if line["event"] in {"token.replayed", "family.ended"}]
        assert [line["event"] for line in said] == ["token.replayed", "family.ended"]
        for line in said:
            assert (line["client_id"], line["network"]) == ("lobby-tv", "192.0.2.7")
            assert len(line["device_id"]) == 32
        assert first["refresh_token"] not in str(logs)


class TestLimits:
    @pytest.fixture
    def settings(self) -> ServerSettings:
        return ServerSettings(
            "http://pair.example:8628", refresh_token_lifetime=1000, connection_lifetime=2500
        )

    async def test_unused_refresh_token_expires(self, server: ServerUnderTest) -> None:
        tokens = await server.connect()
        server.clock.advance(1000)
        assert outcome(await server.refresh(tokens["refresh_token"])) == (400, "invalid_grant")

    async def test_device_is_told_when_its_refresh_token_expires(self, server: ServerUnderTest) -> None:
        tokens = await server.connect()
        told = [tokens["refresh_token_expires_in"]]
        for _ in range(3):
            server.clock.advance(600)
            tokens = (await server.refresh(tokens["refresh_token"])).json()
            told.append(tokens["refresh_token_expires_in"])
        assert told == [1000, 1000, 1000, 700]

    async def test_used_connection_ends_at_its_longest_lifetime(self, server: ServerUnderTest) -> None:
        tokens = await server.connect()
        for _ in range(4):
            server.clock.advance(600)
            tokens = (await server.refresh(tokens["refresh_token"])).json()
        server.clock.advance(100)
        assert outcome(await server.refresh(tokens["refresh_token"])) == (400, "invalid_grant")
        assert await server.parts.devices.of_user("u-alice") == []

    async def test_response_for_an_expired_refresh_token_is_not_repeated(
        self, server: ServerUnderTest
    ) -> None:
        tokens = await server.connect()
        server.clock.advance(950)
        await server.refresh(tokens["refresh_token"])
        (device,) = await server.parts.devices.of_user("u-alice")
        await server.parts.devices.revoke(device.device_id, EndedBy.USER)
        assert outcome(await server.refresh(tokens["refresh_token"])) == (400, "invalid_grant")


class TestScope:
    async def test_scope_can_be_narrowed_for_one_access_token(self, server: ServerUnderTest) -> None:
        first = await server.connect(scope="openid board:read offline_access")
        narrow = (await server.refresh(first["refresh_token"], scope="openid")).json()
        assert narrow["scope"] == "openid"
        wide = (await server.refresh(narrow["refresh_token"])).json()
        assert wide["scope"] == "openid board:read offline_access"

    async def test_scope_of_spaces_counts_as_omitted(self, server: ServerUnderTest) -> None:
        first = await server.connect(scope="openid offline_access")
        refreshed = await server.refresh(first["refresh_token"], scope="  ")
        assert refreshed.json()["scope"] == "openid offline_access"
        again = await server.refresh(first["refresh_token"], scope=" ")
        assert again.content == refreshed.content

    async def test_scope_is_never_wider_than_approved(self, server: ServerUnderTest) -> None:
        first = await server.connect(scope="openid offline_access")
        response = await server.refresh(first["refresh_token"], scope="openid board:write")
        assert outcome(response) == (400, "invalid_scope")

    async def test_scope_is_never_wider_than_the_client_may_have_now(self, server: ServerUnderTest) -> None:
        first = await server.connect(scope="openid board:write offline_access")
        # The operator takes board:write away from the client, without removing it.
        await server.change_client("lobby-tv", scope=("openid", "offline_access"))
        server.clock.advance(STALE_SECONDS)
        assert (await server.refresh(first["refresh_token"])).json()["scope"] == "openid offline_access"


class TestRights:
    async def test_refresh_token_of_another_client_is_refused_and_not_revoked(
        self, server: ServerUnderTest
    ) -> None:
        tokens = await server.connect()
        theft = await server.refresh(
            tokens["refresh_token"], client_id="signage", client_secret="s3cret with / and + and %"
        )
        assert outcome(theft) == (400, "invalid_grant")
        assert outcome(await server.refresh(tokens["refresh_token"])) == (200, "tokens")

    async def test_refresh_for_a_locked_account_is_refused_until_it_is_unlocked(
        self, server: ServerUnderTest
    ) -> None:
        tokens = await server.connect()
        await server.store.set_user_locked("u-alice", locked=True)
        assert outcome(await server.refresh(tokens["refresh_token"])) == (400, "invalid_grant")
        assert (await server.userinfo(tokens["access_token"])).status_code == 401
        await server.store.set_user_locked("u-alice", locked=False)
        assert outcome(await server.refresh(tokens["refresh_token"])) == (200, "tokens")

    async def test_client_that_lost_the_refresh_token_grant_is_refused(self, server: ServerUnderTest) -> None:
        tokens = await server.connect()
        await server.change_client("lobby-tv", grant_types=frozenset({GrantType.DEVICE_CODE}))
        server.clock.advance(STALE_SECONDS)
        assert outcome(await server.refresh(tokens["refresh_token"])) == (400, "unauthorized_client")

    async def test_missing_token_is_an_invalid_request(self, server: ServerUnderTest) -> None:
        assert outcome(await server.refresh("")) == (400, "invalid_request")
