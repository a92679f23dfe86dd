"""The system's clock steps by an hour at any moment of a pairing: nothing lives longer than was promised, and nothing
that has ended lives again.

``SteadyClock`` stands between the system's clock and the server, as it does in the program; the test sets both of the
clocks that it reads.
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
        approval = await self.parts.device_flow.approve(
            grant.grant_id, user_id="u-alice", auth_time=self.clocks.wall, network=None
        )
        return approval is not None

    async def poll(self) -> httpx.Response:
        form = {"grant_type": GrantType.DEVICE_CODE.value, "device_code": self.codes["device_code"]}
        return await self.http.post("/token", data={**form, "client_id": "lobby-tv"})

    async def error(self) -> str:
        return str((await self.poll()).json()["error"])

    async def tokens(self) -> dict[str, Any]:
        answer = await self.poll()
        assert answer.status_code == 200, answer.text
        members: dict[str, Any] = answer.json()
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


class TestSetBack:
    """Everything ends as many seconds after it began as was promised."""

    async def test_between_issue_and_approval(self, pairing: Pairing) -> None:
        pairing.clocks.step(-HOUR)
        pairing.clocks.pass_by(CODE - 1)
        assert await pairing.error() == "authorization_pending"
        pairing.clocks.pass_by(1)
        assert not await pairing.approve()
        assert await pairing.error() == "expired_token"

    async def test_between_approval_and_poll(self, pairing: Pairing) -> None:
        assert await pairing.approve()
        pairing.clocks.step(-HOUR)
        pairing.clocks.pass_by(CODE)
        assert await pairing.error() == "expired_token"

    async def test_between_two_polls(self, pairing: Pairing) -> None:
        await pairing.poll()
        pairing.clocks.step(-HOUR)
        pairing.clocks.pass_by(pairing.codes["interval"])
        assert await pairing.error() == "authorization_pending", "the pace is the one that was told"
        pairing.clocks.pass_by(2)
        assert await pairing.error() == "slow_down"

    async def test_after_a_code_has_expired(self, pairing: Pairing) -> None:
        assert await pairing.approve()
        pairing.clocks.pass_by(CODE)
        pairing.clocks.step(-HOUR)
        assert await pairing.error() == "expired_token"

    async def test_between_redemption_and_the_ends_of_its_tokens(self, pairing: Pairing) -> None:
        assert await pairing.approve()
        tokens = await pairing.tokens()
        pairing.clocks.step(-HOUR)
        pairing.clocks.pass_by(ACCESS - 1)
        assert await pairing.is_good(tokens)
        pairing.clocks.pass_by(1)
        assert not await pairing.is_good(tokens)
        pairing.clocks.pass_by(REFRESH - ACCESS)
        assert (await pairing.refresh(tokens)).json()["error"] == "invalid_grant"

    async def test_between_a_lost_answer_and_the_question_for_it(self, pairing: Pairing) -> None:
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
        assert not await pairing.is_good(rotated.json()), "an old token that comes so late ends the family"


class TestSetForward:
    """What would have ended by then has ended, and stays so when the clock is set right again."""

    async def test_between_issue_and_approval(self, pairing: Pairing) -> None:
        pairing.clocks.step(HOUR)
        assert not await pairing.approve()
        pairing.clocks.step(-HOUR)
        assert not await pairing.approve()
        assert await pairing.error() == "expired_token"

    async def test_between_approval_and_poll(self, pairing: Pairing) -> None:
        assert await pairing.approve()
        pairing.clocks.step(HOUR)
        assert await pairing.error() == "expired_token"
        pairing.clocks.step(-HOUR)
        assert await pairing.error() == "expired_token"

    async def test_between_redemption_and_refresh(self, pairing: Pairing) -> None:
        assert await pairing.approve()
        tokens = await pairing.tokens()
        pairing.clocks.step(HOUR)
        assert not await pairing.is_good(tokens)
        assert (await pairing.refresh(tokens)).json()["error"] == "invalid_grant"
        pairing.clocks.step(-HOUR)
        assert not await pairing.is_good(tokens)
        assert (await pairing.refresh(tokens)).json()["error"] == "invalid_grant"

    async def test_what_begins_afterwards_lives_as_long_as_ever(self, pairing: Pairing) -> None:
        assert await pairing.approve()
        pairing.clocks.step(CODE / 2)
        tokens = await pairing.tokens()
        pairing.clocks.step(-CODE / 2)
        pairing.clocks.pass_by(ACCESS - 1)
        assert await pairing.is_good(tokens)
        pairing.clocks.pass_by(1)
        assert not await pairing.is_good(tokens)
