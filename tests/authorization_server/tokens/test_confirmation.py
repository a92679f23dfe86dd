"""A device that its person has to confirm ("Did your screen just say Hello, Alice?") ends if they don't."""

import asyncio
from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from pairgrant_server.authorization_server.store.errors import StoreUnavailableError
from pairgrant_server.authorization_server.store.sweeper import sweep_forever
from pairgrant_server.security_events import SecurityEvent
from tests.authorization_server.server_under_test import ServerUnderTest
from tests.store.sample_records import DEVICE


@pytest.fixture
async def device_id(server: ServerUnderTest) -> str:
    """A device that Alice has to confirm within two minutes."""
    now = server.clock()
    await server.store.add_connected_device(
        replace(DEVICE, user_id="u-alice", expires_at=now + 3600, confirm_by=now + 120)
    )
    return DEVICE.device_id


async def test_confirmed_device_stays(server: ServerUnderTest, device_id: str) -> None:
    assert await server.parts.devices.confirm(device_id, "u-alice")
    server.clock.advance(121)
    assert await server.parts.devices.end_unconfirmed() == 0
    assert len(await server.parts.devices.of_user("u-alice")) == 1


async def test_another_person_confirms_nothing(server: ServerUnderTest, device_id: str) -> None:
    assert not await server.parts.devices.confirm(device_id, "u-mallory")
    server.clock.advance(121)
    assert await server.parts.devices.end_unconfirmed() == 1


async def test_device_that_is_not_confirmed_in_time_is_revoked_once(
    server: ServerUnderTest, device_id: str
) -> None:
    devices = server.parts.devices
    server.clock.advance(119)
    assert await devices.end_unconfirmed() == 0
    server.clock.advance(1)
    assert not await devices.confirm(device_id, "u-alice")
    with capture_logs() as logs:
        assert [await devices.end_unconfirmed() for _ in range(2)] == [1, 0]
    (event,) = [line for line in logs if line["event"] == SecurityEvent.CONFIRMATION_MISSED]
    facts = {"device_id": device_id, "client_id": "lobby-tv", "user_id": "u-alice"}
    assert facts.items() <= event.items()
    device = await devices.device(device_id)
    assert device is not None
    assert device.revoked_at == server.clock()


async def test_more_devices_than_one_look_up_finds_all_end(server: ServerUnderTest, device_id: str) -> None:
    first = await server.parts.devices.device(device_id)
    assert first is not None
    for number in range(1, 130):
        await server.store.add_connected_device(replace(first, device_id=f"{number:032x}"))
    server.clock.advance(120)
    assert await server.parts.devices.end_unconfirmed() == 130


class TestSweep:
    async def test_unconfirmed_devices_end_before_rows_are_removed(self, server: ServerUnderTest) -> None:
        done: list[str] = []

        async def end_due() -> int:
            done.append("end")
            return 0

        class Rows:
            async def sweep(self, now: float) -> int:
                done.append("sweep")
                raise asyncio.CancelledError

        with pytest.raises(asyncio.CancelledError):
            await sweep_forever(Rows(), server.clock, end_due=end_due)
        assert done == ["end", "sweep"]

    async def test_unavailable_database_is_tried_again(self, server: ServerUnderTest) -> None:
        calls = 0

        async def end_due() -> int:
            nonlocal calls
            calls += 1
            if calls == 1:
                raise StoreUnavailableError
            raise asyncio.CancelledError

        with pytest.raises(asyncio.CancelledError):
            await sweep_forever(server.store, server.clock, interval=0, end_due=end_due)
        assert calls == 2
