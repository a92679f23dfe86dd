"""Examines a server of a test at a clock that never waits."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any

from pairgrant.clock import Clock
from pairgrant.doctor.catalogue import chosen_checks
from pairgrant.doctor.examination import Examination
from pairgrant.doctor.finding import Finding
from pairgrant.doctor.polite_session import PoliteSession
from pairgrant.doctor.target import Target
from pairgrant.oauth.transport import http_client
from pairgrant_protocol.secret import Secret
from tests.device.doctor.faulty_server import SECRET, FaultyServer


class SkippingClock:
    """Time that passes only while somebody sleeps, and then at once."""

    def __init__(self) -> None:
        self.time = 1_000.0

    def now(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.time += seconds

    @property
    def clock(self) -> Clock:
        return Clock(now=self.now, wall=self.now, sleep=self.sleep)


def target_of(server: FaultyServer, **changes: Any) -> Target:
    settings: dict[str, Any] = {
        "issuer": server.issuer,
        "client_id": "lobby-tv",
        "scope": "openid",
        "other_client": "other-tv",
        "approve_command": "in this process",
        "is_thorough": True,
        **changes,
    }
    return Target(**settings)


CONFIDENTIAL: dict[str, Any] = {"client_id": "office", "client_secret": Secret(SECRET)}


async def examination_of(
    server: FaultyServer, time: SkippingClock, *only: str, most: int = 1_000, **changes: Any
) -> Examination:
    """The finished examination."""

    async def decide(decision: str, user_code: str, uri: str, complete_uri: str) -> str:
        return server.decide(decision, user_code)

    async with http_client(user_agent="doctor") as client:
        examination = Examination(
            target_of(server, **changes),
            chosen_checks(only),
            PoliteSession(client, time.clock, most=most, pause=0),
            time.clock,
            decide,
            side_by_side=False,
        )
        await examination.run()
    return examination


async def findings_of(
    server: FaultyServer, time: SkippingClock, *only: str, **changes: Any
) -> dict[str, Finding]:
    """Each check -> its finding."""
    examination = await examination_of(server, time, *only, **changes)
    return {finding.check: finding for finding in examination.findings()}


@contextmanager
def running(now: Callable[[], float], *faults: str) -> Iterator[FaultyServer]:
    with FaultyServer(now, *faults) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
