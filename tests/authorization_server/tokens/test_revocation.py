"""RFC 7009: clients, public ones too, revoke their tokens."""

from typing import ClassVar

import pytest

from pairgrant_protocol.sign_in_end import EndedBy
from pairgrant_server.authorization_server.tokens.device_removals import UNDO_SECONDS
from tests.authorization_server.server_under_test import ServerUnderTest


class TestRevocation:
    @pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
    async def test_either_token_revokes_the_connected_device(
        self, server: ServerUnderTest, kind: str
    ) -> None:
        tokens = await server.connect()
        response = await server.post(
            "/revoke", {"token": tokens[kind], "client_id": "lobby-tv", "token_type_hint": "x"}
        )
        assert (response.status_code, response.content) == (200, b"")
        assert (await server.refresh(tokens["refresh_token"])).json()["error"] == "invalid_grant"
        assert (await server.userinfo(tokens["access_token"])).status_code == 401
        assert await server.parts.devices.of_user("u-alice") == []

    async def test_device_whose_removal_is_due_was_ended_by_its_user(self, server: ServerUnderTest) -> None:
        tokens = await server.connect()
        (device,) = await server.parts.devices.of_user("u-alice")
        assert await server.parts.removals.ask("u-alice", device.device_id)
        server.clock.advance(UNDO_SECONDS)
        await server.post("/revoke", {"token": tokens["refresh_token"], "client_id": "lobby-tv"})
        stored = await server.parts.devices.device(device.device_id)
        assert stored is not None
        assert (stored.ended_by, stored.revoked_at) == (EndedBy.USER, server.clock())
        assert not await server.parts.devices.revoke(device.device_id, EndedBy.REUSE)

    @pytest.mark.parametrize("token", ["x", "a.b.c", "ä", "eyJhbGciOiJub25lIn0.e30."])
    async def test_unknown_token_is_not_an_error(self, server: ServerUnderTest, token: str) -> None:
        assert (await server.post("/revoke", {"token": token, "client_id": "lobby-tv"})).status_code == 200

    async def test_revoking_twice_is_not_an_error(self, server: ServerUnderTest) -> None:
        tokens = await server.connect()
        form = {"token": tokens["refresh_token"], "client_id": "lobby-tv"}
        assert [(await server.post("/revoke", form)).status_code for _ in range(2)] == [200, 200]

    async def test_token_of_another_client_is_not_revoked(self, server: ServerUnderTest) -> None:
        tokens = await server.connect()
        form = {
            "client_id": "signage",
            "client_secret": "s3cret with / and + and %",
            "token": tokens["refresh_token"],
        }
        assert (await server.post("/revoke", form)).status_code == 200
        assert (await server.refresh(tokens["refresh_token"])).status_code == 200

    async def test_expired_access_token_revokes_nothing(self, server: ServerUnderTest) -> None:
        tokens = await server.connect()
        server.clock.advance(600)
        await server.post("/revoke", {"token": tokens["access_token"], "client_id": "lobby-tv"})
        assert (await server.refresh(tokens["refresh_token"])).status_code == 200

    async def test_missing_token_is_an_invalid_request(self, server: ServerUnderTest) -> None:
        response = await server.post("/revoke", {"client_id": "lobby-tv"})
        assert (response.status_code, response.json()["error"]) == (400, "invalid_request")

    async def test_user_can_revoke_only_own_devices(self, server: ServerUnderTest) -> None:
        tokens = await server.connect()
        (device,) = await server.parts.devices.of_user("u-alice")
        assert not await server.parts.devices.revoke(device.device_id, EndedBy.USER, user_id="u-mallory")
        assert (await server.refresh(tokens["refresh_token"])).status_code == 200


class TestTokensWithoutADevice:
    """A revoked client token (RFC 6749 §4.4) is remembered until it expires."""

    FORM: ClassVar = {"client_id": "robot", "client_secret": "the secret of a machine"}

    async def test_revoked_client_token_is_inactive(self, server: ServerUnderTest) -> None:
        await server.add_machine()
        token, other = [(await server.machine_token()).json()["access_token"] for _ in range(2)]
        assert (await server.post("/revoke", {**self.FORM, "token": token})).status_code == 200
        assert await server.introspect(token, **self.FORM) == {"active": False}
        assert (await server.introspect(other, **self.FORM))["active"] is True, "one token, not all of them"

    async def test_client_token_can_not_be_revoked_by_another_client(self, server: ServerUnderTest) -> None:
        await server.add_machine()
        token = (await server.machine_token()).json()["access_token"]
        assert (await server.post("/revoke", {"client_id": "lobby-tv", "token": token})).status_code == 200
        assert (await server.introspect(token, **self.FORM))["active"] is True

    async def test_client_token_can_be_revoked_twice_and_is_forgotten_once_expired(
        self, server: ServerUnderTest
    ) -> None:
        await server.add_machine()
        token = (await server.machine_token()).json()["access_token"]
        for _ in range(2):
            assert (await server.post("/revoke", {**self.FORM, "token": token})).status_code == 200
        server.clock.advance(700)
        assert await server.store.sweep(server.clock()) == 1
        assert (await server.post("/revoke", {**self.FORM, "token": token})).status_code == 200
        assert await server.store.sweep(server.clock() + 9999) == 0


class TestWhatCantBeRevoked:
    async def test_id_token_is_an_unsupported_token_type(self, server: ServerUnderTest) -> None:
        """RFC 7009 §2.2.1: a response of 200 would claim that it is revoked."""
        tokens = await server.connect(scope="openid")
        response = await server.post("/revoke", {"client_id": "lobby-tv", "token": tokens["id_token"]})
        assert (response.status_code, response.json()["error"]) == (400, "unsupported_token_type")

    @pytest.mark.parametrize("hint", ["access_token", "refresh_token", "saml2", "id_token"])
    async def test_token_type_hint_is_ignored(self, server: ServerUnderTest, hint: str) -> None:
        tokens = await server.connect()
        form = {"client_id": "lobby-tv", "token": tokens["access_token"], "token_type_hint": hint}
        assert (await server.post("/revoke", form)).status_code == 200
        assert await server.introspect(tokens["refresh_token"]) == {"active": False}


class TestRequest:
    async def test_other_methods_than_post_are_refused(self, server: ServerUnderTest) -> None:
        assert (await server.http.get("/revoke")).status_code == 405

    async def test_token_in_the_query_is_refused(self, server: ServerUnderTest) -> None:
        tokens = await server.connect()
        response = await server.post(f"/revoke?token={tokens['refresh_token']}", {"client_id": "lobby-tv"})
        assert (response.status_code, response.json()["error"]) == (400, "invalid_request")
        assert (await server.refresh(tokens["refresh_token"])).status_code == 200

    @pytest.mark.parametrize("form", [{"client_secret": "guess"}, {}, {"client_id": "nobody"}])
    async def test_wrong_credentials_revoke_nothing(
        self, server: ServerUnderTest, form: dict[str, str]
    ) -> None:
        await server.add_machine()
        token = (await server.machine_token()).json()["access_token"]
        response = await server.post("/revoke", {"client_id": "robot", "token": token, **form})
        assert (response.status_code, response.json()["error"]) == (401, "invalid_client")
        assert (await server.introspect(token, **TestTokensWithoutADevice.FORM))["active"] is True
