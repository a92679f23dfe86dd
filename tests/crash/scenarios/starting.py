"""What a server does when it starts."""

import time

import httpx

from pairgrant_server.authorization_server.model.records import DeviceGrant
from pairgrant_server.authorization_server.secrets.identifiers import new_id
from tests.crash.scenarios.fates import Scenario
from tests.crash.world import World


async def start_and_wait_for_the_end(world: World) -> None:
    await world.start()
    await world.death()
    raise httpx.TransportError("it answered, and then it died")


async def sweep(world: World) -> Scenario:
    await world.issue()
    long_ago = time.time() - 86_400
    store = await world.open_store()
    ((client_id,),) = await world.rows("SELECT client_id FROM device_grants")
    for number in range(3):
        code = bytes([number]) * 32
        grant_id = new_id(long_ago, code[:10].ljust)
        old = DeviceGrant(grant_id, code, code, client_id, (), 5, long_ago, long_ago + 600, None, "192.0.2.7")
        assert await store.insert_grant(old)
    await store.close()
    await world.stop()
    yield lambda: start_and_wait_for_the_end(world)
    assert await world.count("device_grants", f"created_at > {long_ago + 1}") == 1, "what lives is left alone"
    await world.until(lambda: _none_is_old(world, long_ago), "the sweep after the restart")


async def _none_is_old(world: World, long_ago: float) -> bool:
    return bool(await world.count("device_grants", f"created_at < {long_ago + 1}") == 0)
