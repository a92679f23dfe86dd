"""The redemption of an authorization code: RFC 6749 §4.1.3, RFC 7636 §4.6."""

import asyncio
from typing import Any

import pytest

from pairgrant_protocol.vocabulary import GrantType
from tests.pages.application.code_flow_steps import (
    ISSUER,
    SECRET,
    approve,
    authorize_url,
    change_client,
    claims_of,
    is_accepted,
    redeem,
)
from tests.pages.site_under_test import Browser, SiteUnderTest


class TestRedemption:
    @pytest.fixture
    async def code(self, app: SiteUnderTest, alices: Browser) -> str:
        return (await approve(alices, authorize_url(scope="openid offline_access board:read")))["code"]

    @pytest.mark.parametrize(
        ("changes", "error"),
        [
            ({"code": "A" * 64}, "invalid_grant"),
            ({"code": "short"}, "invalid_grant"),
            ({"code_verifier": "x" * 43}, "invalid_grant"),
            ({"redirect_uri": "https://app.example/other"}, "invalid_grant"),
            ({"redirect_uri": None}, "invalid_grant"),
            ({"client_id": "native", "client_secret": None}, "invalid_grant"),
            ({"client_secret": "wrong"}, "invalid_client"),
            ({"client_secret": None}, "invalid_client"),
            ({"code_verifier": None}, "invalid_request"),
            ({"code_verifier": "x" * 42}, "invalid_request"),
            ({"code_verifier": "ä" * 43}, "invalid_request"),
            ({"code": None}, "invalid_request"),
            ({"resource": "https://other.example"}, "invalid_target"),
        ],
    )
    async def test_wrong_redemption_is_refused_and_keeps_the_code(
        self, app: SiteUnderTest, code: str, changes: dict[str, str | None], error: str
    ) -> None:
        refused = await redeem(app, code, **changes)
        assert (refused.status_code, refused.json()["error"]) == (
            401 if error == "invalid_client" else 400,
            error,
        )
        assert (await redeem(app, code)).status_code == 200

    async def test_authorization_code_expires_after_a_minute(self, app: SiteUnderTest, code: str) -> None:
        app.clock.now += 60
        assert (await redeem(app, code)).json()["error"] == "invalid_grant"

    async def test_valid_replay_revokes_the_tokens_of_the_code(self, app: SiteUnderTest, code: str) -> None:
        tokens = (await redeem(app, code)).json()
        assert await is_accepted(app, tokens)
        assert (await redeem(app, code)).json()["error"] == "invalid_grant"
        assert not await is_accepted(app, tokens)
        http = (await app.browser()).http
        refresh = {
            "grant_type": "refresh_token",
            "refresh_token": tokens["refresh_token"],
            "client_id": "web",
            "client_secret": SECRET.reveal(),
        }
        assert (await http.post("/token", data=refresh)).json()["error"] == "invalid_grant"

    @pytest.mark.parametrize(
        "changes",
        [
            {"code_verifier": "x" * 43},
            {"redirect_uri": "https://app.example/other"},
            {"client_id": "native", "client_secret": None},
        ],
    )
    async def test_invalid_replay_revokes_nothing(
        self, app: SiteUnderTest, code: str, changes: dict[str, str | None]
    ) -> None:
        tokens = (await redeem(app, code)).json()
        assert (await redeem(app, code, **changes)).json()["error"] == "invalid_grant"
        assert await is_accepted(app, tokens)

    async def test_at_most_one_of_fifty_concurrent_redemptions_gets_tokens(
        self, app: SiteUnderTest, code: str
    ) -> None:
        responses = await asyncio.gather(*(redeem(app, code) for _ in range(50)))
        assert sorted(found.status_code for found in responses) == [200] + [400] * 49

    async def test_code_of_a_locked_account_is_refused(self, app: SiteUnderTest, code: str) -> None:
        await app.backend.people.set_locked("alice", locked=True)
        assert (await redeem(app, code)).json()["error"] == "invalid_grant"

    @pytest.mark.parametrize(
        ("changes", "error"),
        [
            ({"redirect_uris": ("https://app.example/new",)}, "invalid_grant"),
            ({"scope": ("profile",)}, "invalid_grant"),
            ({"grant_types": frozenset({GrantType.REFRESH_TOKEN})}, "unauthorized_client"),
        ],
    )
    async def test_code_of_a_changed_client_is_refused(
        self, app: SiteUnderTest, code: str, changes: dict[str, Any], error: str
    ) -> None:
        await change_client(app, **changes)
        assert (await redeem(app, code)).json()["error"] == error

    async def test_scope_removed_from_the_client_is_not_granted(self, app: SiteUnderTest, code: str) -> None:
        await change_client(app, scope=("openid", "profile"))
        assert (await redeem(app, code)).json()["scope"] == "openid"

    async def test_code_of_a_removed_account_is_refused(self, app: SiteUnderTest, code: str) -> None:
        await app.backend.people.remove("alice")
        assert (await redeem(app, code)).json()["error"] == "invalid_grant"

    async def test_concurrent_replays_revoke_the_tokens(self, app: SiteUnderTest, code: str) -> None:
        """A replay with the right verifier is a replay, however soon it comes (RFC 6749 §4.1.2)."""
        responses = await asyncio.gather(*(redeem(app, code) for _ in range(50)))
        (won,) = (found.json() for found in responses if found.status_code == 200)
        assert not await is_accepted(app, won)

    async def test_refresh_token_of_the_code_flow_can_be_used(self, app: SiteUnderTest, code: str) -> None:
        tokens = (await redeem(app, code)).json()
        assert set(claims_of(tokens["access_token"])["aud"]) == {f"{ISSUER}/board", ISSUER}
        http = (await app.browser()).http
        form = {
            "grant_type": "refresh_token",
            "refresh_token": tokens["refresh_token"],
            "client_id": "web",
            "client_secret": SECRET.reveal(),
        }
        renewed = await http.post("/token", data=form)
        assert renewed.status_code == 200
        assert "nonce" not in claims_of(renewed.json()["id_token"])

    async def test_requested_resource_is_the_audience(self, app: SiteUnderTest, alices: Browser) -> None:
        response = await approve(alices, authorize_url(resource=f"{ISSUER}/board", scope="board:read"))
        tokens = (await redeem(app, response["code"])).json()
        assert claims_of(tokens["access_token"])["aud"] == [f"{ISSUER}/board"]
