"""Held requests: what thousands of waiting devices cost in memory, and what the others notice of them."""

import asyncio
import re
import resource
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from benchmarks.generator import Load, load
from benchmarks.plan import Plan
from benchmarks.processes import NotMeasuredError, Running, on_the_generators_core
from benchmarks.subjects.pairgrant import Pairgrant, on_sqlite
from benchmarks.tables import Table

TRICKLE = {"PAUSE": "10"}
"""Mean milliseconds between two requests of a connection: about 1,300 a second, so nothing queues."""

_WAIT = 16
"""Seconds that each request prefers to wait; longer than it takes to open them all and to probe."""

_PROBES = {"POLL": "poll.lua", "/healthz": "healthz.lua"}
_SECONDS = 4


class _HeldPoll(asyncio.Protocol):
    """One connection with one poll that prefers to wait."""

    def __init__(self, request: bytes) -> None:
        self._request = request
        self.response = b""
        self.responded = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        self.response += data
        if self.response.endswith(b"}"):
            self.responded.set()

    @property
    def was_held(self) -> bool:
        """Whether the whole time was waited, and nothing came of it."""
        is_pending = self.response.startswith(b"HTTP/1.1 400") and b"authorization_pending" in self.response
        return (
            is_pending
            and re.search(rb"preference-applied: *wait=%d" % _WAIT, self.response, re.IGNORECASE) is not None
        )


def measure(plan: Plan) -> Table:
    folder = plan.folder / "held"
    folder.mkdir()
    subject = on_sqlite()
    plan.tell(f"held polls: {plan.held:,}")
    _raise_file_limit()
    with on_the_generators_core(), subject.running(folder) as server:
        held_codes = subject.pending_codes(server, folder, plan.held).read_text().split()
        codes = subject.pending_codes(server, folder, 999)
        before = _probed(subject, server, codes)
        idle = server.resident_megabytes()
        during, busy = asyncio.run(_while_held(subject, server, codes, held_codes))
    head = ("", "none held", f"{plan.held:,} held")
    rows = [
        (f"{what}, {name}, ms", f"{getattr(before[what], field):.2f}", f"{getattr(during[what], field):.2f}")
        for what in _PROBES
        for name, field in (("p50", "p50_ms"), ("p99", "p99_ms"))
    ]
    memory = ("memory of the process, MB", f"{idle:.0f}", f"{busy:.0f} (+{busy - idle:.0f})")
    each = (f"{before[what].rate:,.0f}" for what in _PROBES)
    return Table(head, (memory, *rows), f"POLL and /healthz came {' and '.join(each)} times a second.")


def _probed(subject: Pairgrant, server: Running, codes: Path) -> dict[str, Load]:
    environment = {**subject.environment, **TRICKLE, "DEVICE_CODES": str(codes)}
    found = {what: load(script, server.port, environment, _SECONDS) for what, script in _PROBES.items()}
    for what, probe in found.items():
        if probe.faults:
            raise NotMeasuredError(
                f"{what} had {probe.faults} unexpected responses: {probe.first_unexpected}"
            )
    return found


async def _while_held(
    subject: Pairgrant, server: Running, codes: Path, held_codes: Sequence[str]
) -> tuple[dict[str, Load], float]:
    loop = asyncio.get_running_loop()
    connections = []
    for code in held_codes:
        poll = partial(_HeldPoll, _request(subject, code))
        connections.append(await loop.create_connection(poll, "127.0.0.1", server.port))
    await asyncio.sleep(1)  # the last ones are read
    probes = await asyncio.to_thread(_probed, subject, server, codes)
    megabytes = server.resident_megabytes()
    if any(held.response for _, held in connections):
        raise NotMeasuredError("some polls were not held")
    async with asyncio.timeout(2 * _WAIT):
        for _, held in connections:
            await held.responded.wait()
    if not all(held.was_held for _, held in connections):
        raise NotMeasuredError("some held polls got an unexpected response")
    for transport, _ in connections:
        transport.abort()
    return probes, megabytes


def _request(subject: Pairgrant, code: str) -> bytes:
    body = (subject.environment["POLL_FORM"] + code).encode()
    head = (
        "POST /token HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        f"Prefer: wait={_WAIT}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def _raise_file_limit() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
