"""Two server processes on one PostgreSQL database: what one is asked, the other approves at once."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import httpx
import pytest

from tests.journey.service import Service
from tests.processes.held_polls import held_until_decided

DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"


@pytest.fixture
def settings(empty_database: str, tmp_path: Path) -> dict[str, str]:
    return {
        "PAIRGRANT_DATABASE": empty_database,
        "PAIRGRANT_SERVER_KEY_FILE": str(tmp_path / "server.key"),
        "PAIRGRANT_PUBLIC_URL": "http://127.0.0.1:8628",
    }


@pytest.fixture
async def neighbour(service: Service, tmp_path: Path, free_port: Callable[[], int]) -> AsyncIterator[Service]:
    folder = tmp_path / "neighbour"
    folder.mkdir()
    neighbour = service.neighbour(folder, free_port())
    try:
        await neighbour.start()
        yield neighbour
    finally:
        if neighbour.running is not None:
            neighbour.stop()


async def test_approval_at_one_server_wakes_a_poll_held_by_the_other(
    service: Service, neighbour: Service
) -> None:
    async with httpx.AsyncClient(trust_env=False, timeout=120) as client:
        codes = (
            await client.post(f"{service.url}/device_authorization", data={"client_id": "lobby-tv"})
        ).json()
        poll = {"grant_type": DEVICE_CODE, "device_code": codes["device_code"], "client_id": "lobby-tv"}
        held = asyncio.create_task(held_until_decided(client, f"{neighbour.url}/token", poll))
        approved = await asyncio.to_thread(service.command, "approve", codes["user_code"], "--user", "alice")
        assert approved.returncode == 0, approved
        response = await held
        assert response.status_code == 200, response.text
        assert response.elapsed.total_seconds() < 25, "woken, not timed out"
        again = await client.post(f"{service.url}/token", data=poll)
        assert again.content == response.content, "one set of tokens, whichever server is asked"


async def test_second_server_finishes_a_pairing_after_the_first_was_killed(
    service: Service, neighbour: Service
) -> None:
    async with httpx.AsyncClient(trust_env=False, timeout=120) as client:
        codes = (
            await client.post(f"{service.url}/device_authorization", data={"client_id": "lobby-tv"})
        ).json()
        service.process.kill()
        service.process.wait()
        assert neighbour.command("approve", codes["user_code"], "--user", "alice").returncode == 0
        poll = {"grant_type": DEVICE_CODE, "device_code": codes["device_code"], "client_id": "lobby-tv"}
        assert (await client.post(f"{neighbour.url}/token", data=poll)).status_code == 200
