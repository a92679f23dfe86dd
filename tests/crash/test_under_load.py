"""Whatever was acknowledged to a device or a person before the fault holds after it.

What was not acknowledged has happened as a whole or not at all. Devices issue, poll, redeem, refresh and
revoke; people approve and deny. A request without a response, or with 503, is repeated when the server is
back, and then gets the true result.
"""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from itertools import cycle
from typing import Any

import asyncpg
import httpx
import pytest

from pairgrant_protocol.replay import REPLAY_WINDOW
from tests.crash.world import Person, World
from tests.pages.site_under_test import leads_to
from tests.postgresql_server import PostgresqlServer

Asking = Callable[[], Awaitable[httpx.Response]]

PATIENCE = 120.0
DEVICES = 12
PEOPLE = 3


class Load:
    """Devices and people at work until the end; the first twelve devices do everything there is to do."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._what = cycle(("approve", "deny", "approve", "forget", "approve"))
        self._holds = cycle((True, False))
        self._rotations = cycle((2, 0, 3, 1))
        self._revokes = cycle((True, False))
        self._people: asyncio.Queue[Person] = asyncio.Queue()
        self._is_up = asyncio.Event()
        self._stop = False
        self._more = asyncio.Condition()
        self.responses = 0
        """Responses that are neither missing nor 503."""
        self.lost = 0
        self.unavailable = 0
        self.connected: list[tuple[dict[str, Any], dict[str, Any], float]] = []
        """Tokens at rest: those before the last, the last, and when they were first requested (monotonic)."""
        self.revoked: list[dict[str, Any]] = []
        self.denied: list[dict[str, Any]] = []
        self.pending: list[dict[str, Any]] = []
        self._repeated: list[dict[str, Any]] = []
        """Tokens whose response may have been lost once; the server repeats a response no second time."""

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        for _ in range(PEOPLE):
            self._people.put_nowait(await self._world.alice())
        self._is_up.set()
        async with asyncio.TaskGroup() as tasks:
            for _ in range(DEVICES):
                tasks.create_task(self._devices())
            yield
            self._stop = True

    @asynccontextmanager
    async def away(self) -> AsyncIterator[None]:
        """No new request starts in this context."""
        self._is_up.clear()
        yield
        self._is_up.set()

    async def more(self, count: int) -> None:
        """Return when ``count`` more responses have come."""
        goal = self.responses + count
        async with asyncio.timeout(PATIENCE), self._more:
            await self._more.wait_for(lambda: self.responses >= goal)

    async def _responded(self, ask: Asking) -> httpx.Response:
        """The first response that is neither missing nor 503."""
        while True:
            await self._is_up.wait()
            try:
                response = await ask()
            except httpx.TransportError:
                self.lost += 1
                await asyncio.sleep(0)
                continue
            if response.status_code == 503:
                assert int(response.headers["retry-after"]) > 0
                self.unavailable += 1
                await asyncio.sleep(0.05)  # a device waits longer
                continue
            async with self._more:
                self.responses += 1
                self._more.notify_all()
            return response

    async def _one_response(self, ask: Asking) -> dict[str, Any] | None:
        """Tokens: the same for a request and its repetition.

        None if the response and its one repetition were both lost, so that the device has to pair again.
        """
        asked = 0

        async def counted() -> httpx.Response:
            nonlocal asked
            asked += 1
            return await ask()

        response = await self._responded(counted)
        if asked > 2 and response.status_code == 400:
            assert response.json()["error"] == "invalid_grant"
            return None
        assert response.status_code == 200, response.text
        tokens: dict[str, Any] = response.json()
        if asked > 1:
            self._repeated.append(tokens)
        return tokens

    async def _devices(self) -> None:
        """One device after the other."""
        while not self._stop:
            issued = await self._responded(self._world.ask)
            codes = issued.json()
            polled = await self._responded(partial(self._world.poll, codes))
            assert polled.json()["error"] == "authorization_pending"
            what = next(self._what)
            if what == "forget":
                self.pending.append(codes)
            elif what == "deny":
                await self._decide(codes, what)
                self.denied.append(codes)
            else:
                if next(self._holds):
                    _, tokens = await asyncio.gather(
                        self._decide(codes, what), self._wait_for_the_decision(codes)
                    )
                else:
                    await self._decide(codes, what)
                    tokens = await self._one_response(partial(self._world.poll, codes))
                if tokens is not None:
                    await self._use(tokens)

    async def _wait_for_the_decision(self, codes: dict[str, Any]) -> dict[str, Any] | None:
        """The tokens, by polls that the server holds, and that fail when it is killed; None as above."""
        poll, lost = partial(self._world.poll, codes, wait=20), self.lost + self.unavailable
        while (response := await self._responded(poll)).status_code != 200:
            error = response.json()["error"]
            if error == "invalid_grant" and self.lost + self.unavailable >= lost + 2:
                return None
            assert error in {"authorization_pending", "slow_down"}
            await asyncio.sleep(0.02)  # a device waits longer
        tokens: dict[str, Any] = response.json()
        if self.lost + self.unavailable > lost:
            self._repeated.append(tokens)
        return tokens

    async def _use(self, tokens: dict[str, Any]) -> None:
        before = last = tokens
        asked_at = time.monotonic()
        for _ in range(next(self._rotations)):
            asked_at = time.monotonic()
            rotated = await self._one_response(partial(self._world.refresh, last))
            if rotated is None:
                return
            before, last = last, rotated
        if next(self._revokes):
            assert (await self._responded(lambda: self._world.revoke(last))).status_code == 200
            self.revoked.append(last)
        else:
            self.connected.append((before, last, asked_at))

    async def _decide(self, codes: dict[str, Any], decision: str) -> None:
        person = await self._people.get()
        await self._responded(lambda: person.open("/device"))
        entered = await self._responded(lambda: person.submit("/device", user_code=codes["user_code"]))
        assert leads_to(entered) == "/consent", entered.text
        await self._responded(lambda: person.open("/consent"))
        decided = await self._responded(lambda: person.submit("/consent", decision=decision))
        assert leads_to(decided) == "/outcome", decided.text
        self._people.put_nowait(person)

    async def check_what_was_acknowledged(self) -> None:
        """Request with the tokens and codes that nothing changes any more."""
        for codes in self.pending:
            assert (await self._world.poll(codes)).json()["error"] in {"authorization_pending", "slow_down"}
        for codes in self.denied:
            assert (await self._world.poll(codes)).json()["error"] == "access_denied"
        for tokens in self.revoked:
            assert (await self._world.refresh(tokens)).json()["error"] == "invalid_grant"
            assert (await self._world.bearer("GET", "/userinfo", tokens)).status_code == 401
        for before, last, asked_at in self.connected:
            assert (await self._world.bearer("GET", "/userinfo", last)).status_code == 200
            is_replayable = time.monotonic() - asked_at < REPLAY_WINDOW / 2
            if before is not last and last not in self._repeated and is_replayable:
                assert (await self._world.refresh(before)).json() == last, "the same response again"
        assert self.pending
        assert self.denied
        assert self.revoked
        assert self.connected
        await self._world.is_whole()

    async def check_that_only_the_last_token_is_valid(self) -> None:
        for before, last, _ in self.connected:
            renewed = await self._world.refresh(last)
            assert renewed.status_code == 200, renewed.text
            if before is not last:
                assert (await self._world.refresh(before)).json()["error"] == "invalid_grant"


@pytest.mark.parametrize("seed", [8628])
async def test_acknowledged_changes_survive_kill_9_under_load(world: World, seed: int) -> None:
    load, chance = Load(world), random.Random(seed)
    async with load.running():
        for _ in range(3):
            await load.more(chance.randrange(60, 160))
            async with load.away():
                world.kill()
                await world.death()
                await world.start()
                await world.is_whole()
        await load.more(60)
    assert load.lost > 0
    await load.check_what_was_acknowledged()
    await load.check_that_only_the_last_token_is_valid()


@pytest.mark.parametrize("engine", ["postgresql"])
class TestPostgresqlOutage:
    async def test_broken_connections_under_load_cause_no_false_verdict(self, world: World) -> None:
        load = Load(world)
        others = "datname = current_database() AND pid <> pg_backend_pid()"
        operator = await asyncpg.connect(world.database)
        world.closing.push_async_callback(operator.close)
        async with load.running():
            for _ in range(5):
                await load.more(40)
                ended = await operator.fetch(
                    f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE {others}"
                )
                assert ended
            await load.more(40)
        assert load.lost == 0, "the server itself keeps running"
        await load.check_what_was_acknowledged()
        await load.check_that_only_the_last_token_is_valid()

    async def test_service_resumes_after_postgresql_stopped_under_load(
        self, world: World, postgresql_server: PostgresqlServer
    ) -> None:
        if postgresql_server.folder is None:
            pytest.skip("the server of PAIRGRANT_TEST_POSTGRESQL isn't ours to stop")
        load = Load(world)
        async with load.running():
            await load.more(120)
            postgresql_server.stop("immediate")  # started again below, whatever happens
            try:
                refused = load.unavailable
                await world.until(lambda: _is_at_least(load, refused + DEVICES), "503 for everyone")
                assert (await world.http.get("/healthz")).status_code == 503
            finally:
                await asyncio.to_thread(postgresql_server.start)
            await load.more(60)
        assert load.lost == 0, "the server itself keeps running"
        await load.check_what_was_acknowledged()
        await load.check_that_only_the_last_token_is_valid()


async def _is_at_least(load: Load, count: int) -> bool:
    return load.unavailable >= count
