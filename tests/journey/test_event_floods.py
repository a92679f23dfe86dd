"""Floods of refused requests against a real server: its log stays short, and counts every one of them."""

import asyncio
import json

import httpx
import pytest

from tests.journey.service import Service
from tests.journey.waiting import PATIENCE

REQUESTS = 400


@pytest.fixture
def settings() -> dict[str, str]:
    return {"PAIRGRANT_LOG_FORMAT": "json"}


@pytest.mark.parametrize(
    ("form", "event"),
    [
        (
            {"grant_type": "refresh_token", "client_id": "lobby-tv", "client_secret": "wrong"},
            "client.authentication_failed",
        ),
        ({"grant_type": "refresh_token", "client_id": "invented-{}"}, "client.authentication_failed"),
    ],
    ids=["wrong secret", "invented clients"],
)
async def test_flood_of_refused_requests_leaves_few_lines_that_count_each(
    service: Service, form: dict[str, str], event: str
) -> None:
    limits = httpx.Limits(max_connections=20)
    async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE, limits=limits) as stranger:

        async def refused(number: int) -> bool:
            filled = {name: value.format(number) for name, value in form.items()}
            return (await stranger.post(f"{service.url}/token", data=filled)).status_code == 401

        assert all(await asyncio.gather(*map(refused, range(REQUESTS))))
    service.stop()
    lines = [json.loads(line) for line in service.log.splitlines() if line.startswith("{")]
    events = [line for line in lines if line["event"] == event]
    assert sum(line.get("count", 1) for line in events) == REQUESTS
    assert len(events) < REQUESTS / 4, "a line a minute for each of at most 21 kinds"
