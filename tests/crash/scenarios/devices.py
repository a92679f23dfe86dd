"""What devices do."""

from tests.crash.scenarios.fates import Scenario, agrees, refused
from tests.crash.world import World


async def insert_grant(world: World) -> Scenario:
    codes = await world.issue()
    fate = yield world.ask
    assert agrees(fate, done=await world.count("device_grants") == 2)
    assert (await world.poll(codes)).json()["error"] in {"authorization_pending", "slow_down"}
    await world.issue()


async def redeem_grant(world: World) -> Scenario:
    codes = await world.issue()
    await (await world.alice()).decide(codes)
    fate = yield lambda: world.poll(codes)
    assert agrees(fate, done=await world.count("connected_devices") == 1)
    assert await refused(world.poll(codes, "signage")), "someone else's client"
    forged = {"device_code": codes["device_code"][:30] + codes["device_code"][:-31:-1] + "AAAA"}
    assert await refused(world.poll(forged))
    is_lost = await world.count("connected_devices") == 1
    first = await world.poll(codes)
    assert first.status_code == 200
    if not is_lost:  # the response that was lost is repeated once
        assert (await world.poll(codes)).content == first.content
    assert await world.count("connected_devices") == 1, "never two families from one code"
    assert (await world.refresh(first.json())).status_code == 200
    assert await refused(world.poll(codes)), "the response arrived, because the refresh token in it was used"


async def use_grant_replay(world: World) -> Scenario:
    codes = await world.issue()
    await (await world.alice()).decide(codes)
    tokens = (await world.poll(codes)).json()
    fate = yield lambda: world.poll(codes)
    is_used = await world.count("device_grants", "status = 'redeemed' AND replay IS NULL") == 1
    assert agrees(fate, done=is_used)
    if is_used:
        assert (await world.refresh(tokens)).status_code == 200, "nothing but the repetition is gone"
    else:
        assert (await world.poll(codes)).json() == tokens
    assert await world.count("connected_devices") == 1


async def cancel_grant(world: World) -> Scenario:
    """A device cancels what a person has just approved."""
    codes = await world.issue()
    await (await world.alice()).decide(codes)
    fate = yield lambda: world.cancel(codes)
    is_cancelled = "status = 'denied' AND cancelled_at IS NOT NULL"
    assert agrees(fate, done=await world.count("device_grants", is_cancelled) == 1)
    assert await world.count("device_grants", "cancelled_at IS NOT NULL AND status <> 'denied'") == 0
    assert (await world.cancel(codes)).status_code == 200
    assert await world.count("device_grants", is_cancelled) == 1
    assert (await world.poll(codes)).json()["error"] == "access_denied"
    assert await world.count("connected_devices") == 0


async def set_grant_interval(world: World) -> Scenario:
    codes = await world.issue()

    async def poll_too_early() -> None:
        while (await world.poll(codes)).json()["error"] != "slow_down":
            pass  # the first polls may be twins of one that the network doubled

    fate = yield poll_too_early
    ((interval,),) = await world.rows('SELECT "interval" FROM device_grants')
    assert agrees(fate, done=interval > codes["interval"])
    assert (await world.poll(codes)).json()["error"] == "authorization_pending", "no pace is remembered"


async def rotate_refresh(world: World) -> Scenario:
    tokens = await world.connected()
    fate = yield lambda: world.refresh(tokens)
    assert agrees(fate, done=await world.count("connected_devices", "refresh_sequence = 2") == 1)
    assert await refused(world.refresh(tokens, "signage")), "someone else's client"
    is_lost = await world.count("connected_devices", "refresh_sequence = 2") == 1
    first = await world.refresh(tokens)
    assert first.status_code == 200
    if not is_lost:  # the response that was lost is repeated once
        assert (await world.refresh(tokens)).content == first.content
    assert await world.count("connected_devices", "refresh_sequence = 2") == 1
    assert (await world.refresh(first.json())).status_code == 200, "the successor is valid"
    assert await refused(world.refresh(tokens)), "the first one is no longer valid"


async def use_refresh_replay(world: World) -> Scenario:
    tokens = await world.connected()
    renewed = (await world.refresh(tokens)).json()
    fate = yield lambda: world.refresh(tokens)
    is_used = await world.count("connected_devices", "refresh_sequence = 2 AND replay IS NULL") == 1
    assert agrees(fate, done=is_used)
    if not is_used:
        assert (await world.refresh(tokens)).json() == renewed
    assert (await world.refresh(renewed)).status_code == 200, "nothing but the repetition is gone"


async def revoke_device(world: World) -> Scenario:
    tokens = await world.connected()
    fate = yield lambda: world.revoke(tokens)
    assert agrees(fate, done=await world.count("connected_devices", "revoked_at IS NOT NULL") == 1)
    alive = (await world.bearer("GET", "/userinfo", tokens)).is_success
    assert agrees(fate, done=not alive)
    assert await refused(world.refresh(tokens)) is not alive, "all tokens or none"
    assert (await world.revoke(tokens)).status_code == 200
    assert (await world.bearer("GET", "/userinfo", tokens)).status_code == 401
    assert await refused(world.refresh(tokens))


async def add_device_event(world: World) -> Scenario:
    """A refresh in another network; the rotation comes first, and is repeated to the device that lost it."""
    tokens = await world.connected()
    async with world.client(address="192.0.2.99") as elsewhere:
        form = {
            "grant_type": "refresh_token",
            "refresh_token": tokens["refresh_token"],
            "client_id": "lobby-tv",
        }
        fate = yield lambda: elsewhere.post("/token", data=form)
        assert await world.count("connected_devices", "refresh_sequence = 2") == 1
        assert agrees(fate, done=await world.count("device_events") == 1)
        renewed = await elsewhere.post("/token", data=form)
    assert renewed.status_code == 200
    assert await world.count("device_events") <= 1


async def add_notice(world: World) -> Scenario:
    tokens = await world.connected()
    fate = yield lambda: world.bearer("POST", "/board/notices", tokens, json={"text": "Lunch at 12"})
    response = await world.bearer("GET", "/board/notices", tokens)
    assert agrees(fate, done=len(response.json()["notices"]) == 1)


async def remove_notice(world: World) -> Scenario:
    tokens = await world.connected()
    posted = await world.bearer("POST", "/board/notices", tokens, json={"text": "Lunch at 12"})
    path = f"/board/notices/{posted.json()['id']}"
    fate = yield lambda: world.bearer("DELETE", path, tokens)
    again = await world.bearer("DELETE", path, tokens)
    assert agrees(fate, done=again.status_code == 404)
