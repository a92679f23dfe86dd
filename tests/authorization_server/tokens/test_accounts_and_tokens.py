"""An account that is locked or removed takes its tokens along at once.

One that is unlocked gets them back.
"""

import pytest

from tests.authorization_server.server_under_test import ServerUnderTest


async def end(server: ServerUnderTest, how: str) -> None:
    if how == "locked":
        assert await server.store.set_user_locked("u-alice", locked=True)
    else:
        assert await server.store.remove_user("u-alice")


@pytest.mark.parametrize("how", ["locked", "removed"])
class TestEnd:
    async def test_userinfo_refuses_tokens_of_an_ended_account(
        self, server: ServerUnderTest, how: str
    ) -> None:
        tokens = await server.connect()
        await end(server, how)
        response = await server.userinfo(tokens["access_token"])
        assert (response.status_code, response.json()["error"]) == (401, "invalid_token")

    async def test_both_tokens_of_an_ended_account_are_inactive(
        self, server: ServerUnderTest, how: str
    ) -> None:
        tokens = await server.connect()
        for name in ("access_token", "refresh_token"):
            assert (await server.introspect(tokens[name]))["active"]
        await end(server, how)
        for name in ("access_token", "refresh_token"):
            assert await server.introspect(tokens[name]) == {"active": False}

    async def test_refresh_for_an_ended_account_is_refused(self, server: ServerUnderTest, how: str) -> None:
        tokens = await server.connect()
        await end(server, how)
        response = await server.refresh(tokens["refresh_token"])
        assert (response.status_code, response.json()["error"]) == (400, "invalid_grant")

    async def test_lost_response_is_not_repeated_for_an_ended_account(
        self, server: ServerUnderTest, how: str
    ) -> None:
        tokens = await server.connect()
        assert (await server.refresh(tokens["refresh_token"])).is_success
        await end(server, how)
        assert (await server.refresh(tokens["refresh_token"])).status_code == 400

    async def test_approved_code_of_an_ended_account_gives_no_tokens(
        self, server: ServerUnderTest, how: str
    ) -> None:
        codes = await server.start()
        assert await server.decide(codes)
        await end(server, how)
        message = (await server.poll(codes)).json()["error"]
        assert message == ("access_denied" if how == "locked" else "invalid_grant")

    async def test_lost_redemption_is_not_repeated_for_an_ended_account(
        self, server: ServerUnderTest, how: str
    ) -> None:
        codes = await server.start()
        assert await server.decide(codes)
        assert (await server.poll(codes)).is_success
        await end(server, how)
        assert (await server.poll(codes)).json()["error"] == "invalid_grant"


async def test_unlocked_account_can_use_its_tokens_again(server: ServerUnderTest) -> None:
    tokens = await server.connect()
    await end(server, "locked")
    assert await server.store.set_user_locked("u-alice", locked=False)
    assert (await server.userinfo(tokens["access_token"])).is_success
    assert (await server.refresh(tokens["refresh_token"])).is_success


async def test_new_password_leaves_devices_connected(server: ServerUnderTest) -> None:
    """A new password ends browser sessions, but a kiosk in the lobby stays connected."""
    tokens = await server.connect()
    assert await server.store.set_password_hash("u-alice", "$another$")
    assert (await server.userinfo(tokens["access_token"])).is_success
