"""A flood of refused requests: each kind of event is written at once, then counted once a minute."""

import asyncio
from typing import Any

import pytest
from structlog.testing import capture_logs

from pairgrant_server import security_events
from pairgrant_server.authorization_server.store.sweeper import sweep_forever
from pairgrant_server.event_flood import (
    INTERVAL,
    MOST_KINDS,
    MOST_KINDS_OF_A_NETWORK,
    OTHER_NETWORKS,
    EventFlood,
)
from pairgrant_server.security_events import COUNTED, SecurityEvent, emit, write_counts
from tests.authorization_server.hand_clock import HandClock
from tests.pages.site_under_test import Browser

NETWORK = "203.0.113.5"
LIMIT = SecurityEvent.LIMIT_REACHED
CLIENT = SecurityEvent.CLIENT_AUTHENTICATION_FAILED


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def flood(clock: HandClock, monkeypatch: pytest.MonkeyPatch) -> EventFlood:
    flood = EventFlood(clock)
    monkeypatch.setattr(security_events, "flood", flood)
    return flood


def admitted(flood: EventFlood, **facts: Any) -> list[Any]:
    return [found for found in [flood.admit(LIMIT, facts)] if found is not None]


def test_first_of_each_kind_is_written_at_once_and_the_others_are_counted(flood: EventFlood) -> None:
    kinds = [{"network": NETWORK, "limit": limit} for limit in ("pages", "codes")]
    assert [flood.admit(LIMIT, facts) for facts in kinds] == kinds
    assert [flood.admit(LIMIT, facts) for facts in kinds * 500] == [None] * 1000


def test_event_after_a_minute_is_written_with_the_count_of_those_before(
    flood: EventFlood, clock: HandClock
) -> None:
    for _ in range(10):
        admitted(flood, network=NETWORK, grant_id="early")
    clock.advance(INTERVAL)
    late = {"network": NETWORK, "grant_id": "late"}
    assert [admitted(flood, **late) for _ in range(2)] == [[{**late, "count": 10}], []]


def test_count_of_a_flood_that_ended_is_due_after_a_minute(flood: EventFlood, clock: HandClock) -> None:
    for _ in range(10):
        admitted(flood, network=NETWORK)
    assert flood.due() == []
    clock.advance(INTERVAL)
    assert flood.due() == [(LIMIT, {"network": NETWORK, "count": 9})]
    assert flood.due() == []
    clock.advance(INTERVAL)
    assert flood.due() == []
    assert admitted(flood, network=NETWORK) == [{"network": NETWORK}]


def test_every_event_of_a_flood_is_in_one_line_or_in_its_count(flood: EventFlood, clock: HandClock) -> None:
    """Events at any times, of many networks and clients: the counts add up, whatever was merged."""
    written: list[Any] = []
    for number in range(20_000):
        clock.advance(0.05)
        facts = {"network": f"10.0.{number % 1500}.0", "client_id": f"c{number % 77}"}
        written += admitted(flood, **facts)
        if number % 500 == 0:
            written += [line for _, line in flood.due()]
    written += [line for _, line in flood.due(at_end=True)]
    assert sum(line.get("count", 1) for line in written) == 20_000


def test_invented_client_ids_of_one_network_get_few_lines(flood: EventFlood) -> None:
    lines = []
    for number in range(5000):
        lines += admitted(flood, network=NETWORK, client_id=f"invented-{number}")
    assert len(lines) == MOST_KINDS_OF_A_NETWORK + 1
    assert lines[-1] == {"network": NETWORK}
    assert admitted(flood, network="198.51.100.7", client_id="lobby-tv")


def test_networks_beyond_the_bound_share_one_line(flood: EventFlood, clock: HandClock) -> None:
    lines = []
    for number in range(5 * MOST_KINDS):
        lines += admitted(flood, network=f"2001:db8:{number:x}::/56")
    assert len(lines) == MOST_KINDS + 1
    assert lines[-1] == {"network": OTHER_NETWORKS}
    clock.advance(INTERVAL)
    assert flood.due() == [(LIMIT, {"network": OTHER_NETWORKS, "count": 4 * MOST_KINDS - 1})]
    clock.advance(INTERVAL)
    flood.due()
    assert admitted(flood, network="203.0.113.0") == [{"network": "203.0.113.0"}], (
        "room again after the flood"
    )


@pytest.mark.parametrize("event", SecurityEvent)
def test_events_that_a_stranger_can_cause_at_any_rate_are_the_counted_ones(
    flood: EventFlood, event: SecurityEvent
) -> None:
    with capture_logs() as logs:
        for _ in range(100):
            emit(event, network=NETWORK)
        write_counts(at_end=True)
    assert [line.get("count", 1) for line in logs] == ([1, 99] if event in COUNTED else [1] * 100)


async def test_sweep_writes_the_counts_that_are_due(flood: EventFlood, clock: HandClock) -> None:
    swept = asyncio.Event()

    class Nothing:
        async def sweep(self, now: float) -> int:
            swept.set()
            return 0

    for _ in range(3):
        emit(CLIENT, network=NETWORK)
    clock.advance(INTERVAL)
    with capture_logs() as logs:
        task = asyncio.create_task(sweep_forever(Nothing(), before_each=write_counts))
        await swept.wait()
        task.cancel()
    assert [(line["event"], line["count"]) for line in logs] == [(CLIENT, 2)]


class TestPages:
    @pytest.fixture
    def app_options(self) -> dict[str, Any]:
        return {"pages_per_minute": 10}

    @pytest.mark.parametrize("path", ["/signin", "/invented"])
    async def test_requests_that_the_limit_refuses_share_one_line(self, browser: Browser, path: str) -> None:
        with capture_logs() as logs:
            statuses = [(await browser.http.get(path)).status_code for _ in range(100)]
        assert statuses.count(429) == 90
        assert [line["event"] for line in logs] == ["page requested"] * 10 + [LIMIT]
