"""The system's clock steps by an hour at any moment of a pairing.

Nothing stays valid longer than promised, and nothing expired becomes valid again. ``SteadyClock`` stands
between the system's clock and the server, as it does in the program; the test sets both clocks that it reads.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from pairgrant_protocol.secret import Secret
from pairgrant_protocol.user_code import normalize
from pairgrant_protocol.vocabulary import GrantType
from pairgrant_server.authorization_server.build import AuthorizationServerParts, assemble
from pairgrant_server.authorization_server.clock import SteadyClock
from pairgrant_server.authorization_server.model.records import User
from pairgrant_server.authorization_server.model.settings import ServerSettings
from pairgrant_server.authorization_server.secrets.server_key import ServerKey
from pairgrant_server.authorization_server.store.sqlite.store import SqliteStore

HOUR = 3600.0
SETTINGS = ServerSettings("http://pair.example:8628", refresh_token_lifetime=1800)
CODE, ACCESS, REFRESH = (
    SETTINGS.device_code_lifetime,
    SETTINGS.access_token_lifetime,
    SETTINGS.refresh_token_lifetime,
)
SCOPE = "openid offline_access"


class Clocks:
    """The system's two clocks."""

    wall = 1_790_000_000.0
    monotonic = 50.0

    def pass_by(self, seconds: float) -> None:
        self.wall += seconds
        self.monotonic += seconds

    def step(self, seconds: float) -> None:
        """Someone, or NTP, sets the clock."""
        self.wall += seconds


@dataclass
class Pairing:
    """One device's way through (A) to (F) and beyond."""

    parts: AuthorizationServerParts
    http: httpx.AsyncClient
    clocks: Clocks
    codes: dict[str, Any]

    async def approve(self) -> bool:
        grant = await self.parts.device_flow.look_up(normalize(self.codes["user_code"]))
        if grant is None:
            return False
        approval = await self.parts.decisions.approve(
            grant, user_id="u-alice", auth_time=self.clocks.wall, viewer=None
        )
        return approval is not None

    async def poll(self) -> httpx.Response:
        form = {"grant_type": GrantType.DEVICE_CODE.value, "device_code": self.codes["device_code"]}
        return await self.http.post("/token", data={**form, "client_id": "lobby-tv"})

    async def error(self) -> str:
        return str((await self.poll()).json()["error"])

    async def tokens(self) -> dict[str, Any]:
        response = await self.poll()
        assert response.status_code == 200, response.text
        members: dict[str, Any] = response.json()
        return members

    async def refresh(self, tokens: dict[str, Any]) -> httpx.Response:
        form = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
        return await self.http.post("/token", data={**form, "client_id": "lobby-tv"})

    async def is_good(self, tokens: dict[str, Any]) -> bool:
        headers = {"authorization": f"Bearer {tokens['access_token']}"}
        return (await self.http.get("/userinfo", headers=headers)).is_success


@pytest.fixture
async def pairing(tmp_path: Path) -> AsyncIterator[Pairing]:
    clocks = Clocks()
    clock = SteadyClock(lambda: clocks.wall, lambda: clocks.monotonic)
    store = SqliteStore.open(tmp_path / "pairgrant.db")
    await store.add_user(User("u-alice", "alice", "$hash$", clock(), "Alice"))
    parts = await assemble(store, ServerKey(Secret("server key " * 4)), SETTINGS, clock=clock)
    grant_types = frozenset({GrantType.DEVICE_CODE, GrantType.REFRESH_TOKEN})
    await parts.clients.add("lobby-tv", "Lobby TV", secret=None, grant_types=grant_types, scope=SCOPE)
    transport = httpx.ASGITransport(parts.endpoints)
    async with httpx.AsyncClient(transport=transport, base_url=SETTINGS.public_url) as http:
        form = {"client_id": "lobby-tv", "scope": SCOPE}
        codes = (await http.post("/device_authorization", data=form)).json()
        yield Pairing(parts, http, clocks, codes)
    await store.close()


class TestClockSetBack:
    """Everything expires after as many seconds as promised."""

    async def test_code_keeps_its_lifetime_if_the_clock_steps_before_approval(self, pairing: Pairing) -> None:
        pairing.clocks.step(-HOUR)
        pairing.clocks.pass_by(CODE - 1)
        assert await pairing.error() == "authorization_pending"
        pairing.clocks.pass_by(1)
        assert not await pairing.approve()
        assert await pairing.error() == "expired_token"

    async def test_code_keeps_its_lifetime_if_the_clock_steps_before_the_poll(self, pairing: Pairing) -> None:
        assert await pairing.approve()
        pairing.clocks.step(-HOUR)
        pairing.clocks.pass_by(CODE)
        assert await pairing.error() == "expired_token"

    async def test_poll_interval_holds_if_the_clock_steps_between_two_polls(self, pairing: Pairing) -> None:
        await pairing.poll()
        pairing.clocks.step(-HOUR)
        pairing.clocks.pass_by(pairing.codes["interval"])
        assert await pairing.error() == "authorization_pending", "the interval of the response holds"
        pairing.clocks.pass_by(2)
        assert await pairing.error() == "slow_down"

    async def test_expired_code_stays_expired_if_the_clock_steps(self, pairing: Pairing) -> None:
        assert await pairing.approve()
        pairing.clocks.pass_by(CODE)
        pairing.clocks.step(-HOUR)
        assert await pairing.error() == "expired_token"

    async def test_tokens_keep_their_lifetimes_if_the_clock_steps_after_redemption(
        self, pairing: Pairing
    ) -> None:
        assert await pairing.approve()
        tokens = await pairing.tokens()
        pairing.clocks.step(-HOUR)
        pairing.clocks.pass_by(ACCESS - 1)
        assert await pairing.is_good(tokens)
        pairing.clocks.pass_by(1)
        assert not await pairing.is_good(tokens)
        pairing.clocks.pass_by(REFRESH - ACCESS)
        assert (await pairing.refresh(tokens)).json()["error"] == "invalid_grant"

    async def test_lost_response_is_repeated_if_the_clock_steps(self, pairing: Pairing) -> None:
        assert await pairing.approve()
        lost = await pairing.poll()
        pairing.clocks.step(-HOUR)
        pairing.clocks.pass_by(59)
        assert (await pairing.poll()).content == lost.content
        rotated = await pairing.refresh(lost.json())
        pairing.clocks.step(-HOUR)
        pairing.clocks.pass_by(59)
        assert (await pairing.refresh(lost.json())).content == rotated.content
        pairing.clocks.pass_by(2)
        assert (await pairing.refresh(lost.json())).json()["error"] == "invalid_grant"
        assert not await pairing.is_good(rotated.json()), "an old token that comes so late revokes the family"


class TestClockSetForward:
    """What expires by the new time is expired, and stays so when the clock is set back."""

    async def test_code_is_expired_if_the_clock_steps_before_approval(self, pairing: Pairing) -> None:
        pairing.clocks.step(HOUR)
        assert not await pairing.approve()
        pairing.clocks.step(-HOUR)
        assert not await pairing.approve()
        assert await pairing.error() == "expired_token"

    async def test_code_is_expired_if_the_clock_steps_before_the_poll(self, pairing: Pairing) -> None:
        assert await pairing.approve()
        pairing.clocks.step(HOUR)
        assert await pairing.error() == "expired_token"
        pairing.clocks.step(-HOUR)
        assert await pairing.error() == "expired_token"

    async def test_tokens_are_expired_if_the_clock_steps_after_redemption(self, pairing: Pairing) -> None:
        assert await pairing.approve()
        tokens = await pairing.tokens()
        pairing.clocks.step(HOUR)
        assert not await pairing.is_good(tokens)
        assert (await pairing.refresh(tokens)).json()["error"] == "invalid_grant"
        pairing.clocks.step(-HOUR)
        assert not await pairing.is_good(tokens)
        assert (await pairing.refresh(tokens)).json()["error"] == "invalid_grant"

    async def test_codes_and_tokens_issued_after_a_clock_step_have_their_whole_lifetime(
        self, pairing: Pairing
    ) -> None:
        assert await pairing.approve()
        pairing.clocks.step(CODE / 2)
        tokens = await pairing.tokens()
        pairing.clocks.step(-CODE / 2)
        pairing.clocks.pass_by(ACCESS - 1)
        assert await pairing.is_good(tokens)
        pairing.clocks.pass_by(1)
        assert not await pairing.is_good(tokens)
