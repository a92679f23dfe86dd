"""A real server repeats a lost token response once, to the same network, and ends the family otherwise."""

import pytest

from tests.crash.world import World


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
class TestReplays:
    async def test_second_repetition_of_a_refresh_ends_the_family(self, world: World) -> None:
        tokens = await world.connected()
        renewed = await world.refresh(tokens)
        assert (await world.refresh(tokens)).content == renewed.content
        assert (await world.refresh(tokens)).json()["error"] == "invalid_grant"
        assert (await world.refresh(renewed.json())).json()["error"] == "invalid_grant"
        assert (await world.bearer("GET", "/userinfo", renewed.json())).status_code == 401

    async def test_copied_refresh_token_from_another_network_ends_the_family(self, world: World) -> None:
        tokens = await world.connected()
        renewed = await world.refresh(tokens)
        form = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
        async with world.client("198.51.100.9") as thief:
            stolen = await thief.post("/token", data={**form, "client_id": "lobby-tv"})
        assert stolen.json()["error"] == "invalid_grant"
        assert (await world.refresh(renewed.json())).json()["error"] == "invalid_grant"
