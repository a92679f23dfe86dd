"""The return channel: time from approval to the device's tokens, and requests for one pairing.

Everything is real: a server with the default interval, devices that pair at the same time, and their clock.
Approvals come at random instants, because the delay of a device that polls depends on the moment of approval.
"""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from benchmarks.devices import REQUEST, device
from benchmarks.figures import percentile
from benchmarks.person import Person
from benchmarks.plan import Plan
from benchmarks.processes import NotMeasuredError, Running, on_the_generators_core
from benchmarks.subjects.pairgrant import on_sqlite
from benchmarks.subjects.subject import PASSWORD, PERSON
from benchmarks.tables import Table
from pairgrant.clock import system_clock
from pairgrant.events import CodeIssued, PairingEvent
from pairgrant.sign_in.pairing import pair
from pairgrant_protocol.polling import Authorized

_INTERVAL = 5
_SOONEST, _LATEST = 6.0, 16.0
"""Seconds after the code was issued; two whole intervals, none of them before the first poll."""

_ENTERS, _SIGNS_IN, _APPROVES = 15.0, 40.0, 60.0
"""Seconds after the code was issued: the person who takes a minute."""


@dataclass(frozen=True, slots=True)
class _Pairing:
    """``delay`` from the tap on Approve to the tokens, in seconds."""

    delay: float
    requests: int
    polls: int


def measure(plan: Plan) -> Table:
    folder = plan.folder / "return-channel"
    folder.mkdir()
    plan.tell("return channel: pairings, one of them by a person who takes a minute")
    subject = on_sqlite(PAIRGRANT_INTERVAL=str(_INTERVAL), PAIRGRANT_DEVICE_CODE_LIFETIME="600")
    with on_the_generators_core(), subject.running(folder, approves=True) as server:
        found = asyncio.run(_all(server, plan.pairings))
    head = (
        "the device",
        "ms from Approve to tokens, median",
        "p90",
        "polls for a minute's pairing",
        "requests in all",
    )
    rows = tuple(_row(name, *pairings) for name, pairings in found.items())
    return Table(
        head,
        rows,
        f"{plan.pairings} pairings each, interval {_INTERVAL} s, approvals at random instants; the minute's "
        f"pairing goes through the real pages: code after {_ENTERS:.0f} s, sign-in after {_SIGNS_IN:.0f} s.",
    )


async def _all(server: Running, count: int) -> dict[str, tuple[list[_Pairing], _Pairing]]:
    issuer, instants = f"http://127.0.0.1:{server.port}", random.Random(8628)
    names = {"waits (`Prefer: wait=N`)": True, "polls at the interval": False}
    approvals = {name: [instants.uniform(_SOONEST, _LATEST) for _ in range(count)] for name in names}
    quick = [
        _pairing(issuer, _at_the_door(issuer, at), with_channel=with_channel)
        for name, with_channel in names.items()
        for at in approvals[name]
    ]
    slow = [_pairing(issuer, _through_the_pages(issuer), with_channel=channel) for channel in names.values()]
    done = await asyncio.gather(*quick, *slow)
    return {
        name: (list(done[number * count : (number + 1) * count]), done[len(quick) + number])
        for number, name in enumerate(names)
    }


Approve = Callable[[str], Awaitable[float]]
"""What a person does with a user code; returns when Approve was tapped."""


def _at_the_door(issuer: str, at: float) -> Approve:
    async def approve(user_code: str) -> float:
        async with Person(issuer) as person:
            await asyncio.sleep(at)
            tapped_at = time.perf_counter()
            await person.browser.post("/approve", data={"user_code": user_code})
            return tapped_at

    return approve


def _through_the_pages(issuer: str) -> Approve:
    async def approve(user_code: str) -> float:
        async with Person(issuer) as person:
            await asyncio.sleep(_ENTERS)
            form = await person.enter_code(user_code)
            await asyncio.sleep(_SIGNS_IN - _ENTERS)
            form = await person.sign_in(form, PERSON, PASSWORD)
            await asyncio.sleep(_APPROVES - _SIGNS_IN)
            tapped_at = time.perf_counter()
            await person.approve(form)
            return tapped_at

    return approve


async def _pairing(issuer: str, approve: Approve, *, with_channel: bool) -> _Pairing:
    codes: asyncio.Queue[str] = asyncio.Queue()

    def announce(event: PairingEvent) -> None:
        if isinstance(event, CodeIssued):
            codes.put_nowait(event.user_code)

    async def approved() -> float:
        return await approve(await codes.get())

    async with device(issuer, with_channel=with_channel) as made:
        approving = asyncio.create_task(approved())
        outcome = await pair(made.server, REQUEST, system_clock(), announce)
        has_tokens_at = time.perf_counter()
        if not isinstance(outcome, Authorized):
            raise NotMeasuredError(f"a pairing ended as {type(outcome).__name__}")
        return _Pairing(has_tokens_at - await approving, made.requests, made.polls)


def _row(name: str, quick: list[_Pairing], slow: _Pairing) -> tuple[str, ...]:
    delays = [pairing.delay * 1000 for pairing in quick]
    percentiles = (percentile(delays, 50), percentile(delays, 90))
    return (name, *(f"{delay:,.0f}" for delay in percentiles), str(slow.polls), str(slow.requests))
