"""A day of an unattended kiosk on a clock moved by hand: nothing grows.

With ``Span(30, …)`` it is a month, which takes most of a minute.
"""

import asyncio
import gc
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
import pytest

from pairgrant.device import Device
from pairgrant.journal import Journal
from pairgrant.kiosk_options import KioskOptions
from pairgrant.text import kiosk
from tests.device.manual_clock import NOW, ManualClock
from tests.device.simulated_server import Reply, SimulatedServer

HOUR = 3600.0


@dataclass(frozen=True)
class Span:
    """``days`` in rounds of ``round`` seconds; ``pause`` is used where nothing happens, so that a day takes
    seconds.

    A round is an hour without a person, a sign-in with an outage of half an hour in it, and its end by the
    server.
    """

    days: int
    round: float
    pause: float


DAY = Span(1, 8 * HOUR, pause=60.0)


@dataclass(frozen=True)
class Held:
    """What a process holds on to."""

    objects: int
    blocks: int
    tasks: int
    descriptors: int


def held() -> Held:
    gc.collect()
    return Held(
        objects=len(gc.get_objects()),
        blocks=sys.getallocatedblocks(),
        tasks=len(asyncio.all_tasks()),
        descriptors=len(os.listdir("/proc/self/fd")),  # noqa: PTH208 - no paths are needed
    )


def by_time(span: Span, clock: ManualClock, server: SimulatedServer) -> dict[str, Reply]:
    """Replies that depend on the time within a round."""
    notices = [{"id": str(number), "text": f"Notice {number}", "created_at": 0} for number in range(30)]
    listed = server.says({"notices": notices})
    pending, tokens = server.pending(), server.says(server.tokens(expires_in=3600))
    ended = server.says({"error": "invalid_grant"}, 400)
    unauthorized = server.says({"error": "invalid_token"}, 401)
    outage = server.fails(httpx.ConnectError)

    def in_round() -> float:
        return (clock.time - NOW) % span.round

    def unless_outage(reply: Reply) -> Reply:
        def reply_or_fail(request: httpx.Request) -> httpx.Response:
            return (outage if 0 <= in_round() - span.round / 2 < HOUR / 2 else reply)(request)

        return reply_or_fail

    def token(request: httpx.Request) -> httpx.Response:
        if b"refresh_token" in request.content:
            return (ended if in_round() > span.round - HOUR / 2 else tokens)(request)
        return (tokens if HOUR < in_round() < span.round - HOUR else pending)(request)

    def board(request: httpx.Request) -> httpx.Response:
        return (unauthorized if in_round() > span.round - HOUR / 2 else listed)(request)

    return {"/token": unless_outage(token), "/board/notices": unless_outage(board)}


@pytest.fixture
def span(
    server: SimulatedServer,
    manual_clock: ManualClock,
    monkeypatch: pytest.MonkeyPatch,
) -> Span:
    """The span, with a server and pauses that suit it."""
    span = DAY
    for path, reply in by_time(span, manual_clock, server).items():
        server.on(path, reply)
    for name in ("clock.SLICE", "journal.LONGEST_BEAT", "sign_in.while_signed_in.BOARD_INTERVAL"):
        monkeypatch.setattr(f"pairgrant.{name}", span.pause)
    return span


@pytest.fixture
async def running(
    device: Device,
    server: SimulatedServer,
    manual_clock: ManualClock,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Journal]:
    """A kiosk that runs by itself."""
    server.on("/device_authorization", server.says(server.code(interval=60)))
    journal = Journal(manual_clock.clock, tmp_path / "kiosk.log", tmp_path / "health.json")

    @asynccontextmanager
    async def open_device(*_: object, **__: object) -> AsyncIterator[Device]:
        yield replace(device, journal=journal)

    monkeypatch.setattr(kiosk, "open_device", open_device)
    with open(os.devnull, "w") as nowhere:  # noqa: PTH123, ASYNC230
        monkeypatch.setattr(sys, "stdout", nowhere)
        monkeypatch.setattr(sys, "stderr", nowhere)
        task = asyncio.create_task(kiosk.plain_kiosk(device.settings, KioskOptions(auto=True), qr=False))
        yield journal
        assert not task.done()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_nothing_grows(
    running: Journal,
    server: SimulatedServer,
    manual_clock: ManualClock,
    tmp_path: Path,
    span: Span,
) -> None:
    states: set[str] = set()

    async def one_round() -> Held:
        for _ in range(16):
            await manual_clock.pass_time(span.round / 16)
            states.add(running.state)
            server.requests.clear()
        return held()

    await one_round()
    before = await one_round()
    after = before
    for _ in range(int(span.days * 24 * HOUR / span.round) - 2):
        after = await one_round()
    assert {"waiting", "connected", "trouble"} <= states
    assert after.objects - before.objects < 300, (before, after)
    assert after.blocks - before.blocks < 3000, (before, after)
    assert after.tasks <= before.tasks
    assert after.descriptors <= before.descriptors
    assert (tmp_path / "kiosk.log").stat().st_size < 1_000_000
    assert sorted(os.listdir(tmp_path)) == ["health.json", "kiosk.log", "state"]  # noqa: PTH208
