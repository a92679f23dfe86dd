"""What people do in their browsers."""

import time

from argon2 import PasswordHasher

from pairgrant_protocol.device_grant import GrantStatus
from pairgrant_server.authorization_server.model.approval_hold import ApprovalHold
from tests.crash.scenarios.fates import Scenario, agrees, refused
from tests.crash.world import World
from tests.pages.site_under_test import is_signed_in, leads_to


async def decide_grant(world: World) -> Scenario:
    codes, alice = await world.issue(), await world.alice()
    await alice.enter(codes)
    await alice.open("/consent")
    fate = yield lambda: alice.submit("/consent", decision="approve")
    page = await alice.open("/consent")
    assert agrees(fate, done=page.url.path == "/outcome")
    assert page.url.path == "/outcome" or (await alice.submit("/consent", decision="approve")).is_redirect
    assert (await world.poll(codes)).status_code == 200


async def set_grant_stage(world: World) -> Scenario:
    codes, person = await world.issue(), await world.person()
    await person.open("/device")
    fate = yield lambda: person.submit("/device", user_code=codes["user_code"])
    stage = (await world.poll(codes)).json()["pairing_stage"]
    assert agrees(fate, done=stage == "signing_in")
    assert leads_to(await person.submit("/device", user_code=codes["user_code"])) == "/signin"


async def add_session(world: World) -> Scenario:
    codes, person = await world.issue(), await world.person()
    await person.open("/device")
    fate = yield lambda: person.submit("/device", user_code=codes["user_code"])
    assert agrees(fate, done=await world.count("web_sessions") == 1)
    assert leads_to(await person.enter(codes)) == "/signin"


async def put_session_pairing(world: World) -> Scenario:
    codes, person = await world.issue(), await world.person()
    await person.open("/device")
    fate = yield lambda: person.submit("/device", user_code=codes["user_code"])
    assert agrees(fate, done=await world.count("session_pairings") == 1)
    assert agrees(fate, done=(await person.open("/consent")).url.path == "/signin"), "is the code remembered?"
    assert leads_to(await person.enter(codes)) == "/signin"


async def supersede_session(world: World) -> Scenario:
    """A sign-in: the browser did not get the new cookie, and sends the form again with the old one."""
    codes, person = await world.issue(), await world.person()
    await person.enter(codes)
    await person.open("/signin")
    sign_in = {"username": "alice", "password": "correct horse battery"}
    fate = yield lambda: person.submit("/signin", **sign_in)
    left = [
        await world.count("web_sessions", "sealed_successor IS NOT NULL"),
        await world.count("web_sessions", "user_id IS NOT NULL"),
    ]
    assert left in ([0, 0], [1, 1]), "no end without a successor, and no successor without an end"
    assert agrees(fate, done=left == [1, 1])
    assert await world.count("session_pairings") == 1, "the code is in one of the two"
    assert leads_to(await person.submit("/signin", **sign_in)) == "/consent"
    assert await world.count("web_sessions", "user_id IS NOT NULL") == 1, (
        "one session, however often it is sent"
    )


async def remove_session(world: World) -> Scenario:
    """A session that a new password has ended, when its browser looks a code up."""
    alice = await world.alice()
    await alice.open("/device")
    codes = await world.issue()
    store = await world.open_store()
    await store.set_user_locked("u-alice", locked=True)
    await store.set_user_locked("u-alice", locked=False)
    await store.close()
    fate = yield lambda: alice.submit("/device", user_code=codes["user_code"])
    assert agrees(fate, done=await world.count("web_sessions", "user_id IS NOT NULL") == 0)
    assert leads_to(await alice.submit("/device", user_code=codes["user_code"])) == "/signin"


async def spend_attempts(world: World) -> Scenario:
    person = await world.person()
    await person.open("/device")
    fate = yield lambda: person.submit("/device", user_code="BCDF-GHJK")
    counts = {count for (count,) in await world.rows("SELECT count FROM attempts")}
    assert counts <= {1}, "all counts or none"
    assert agrees(fate, done=bool(counts))
    assert (await person.submit("/device", user_code="BCDF-GHJK")).headers["location"] == "/device"


async def renew_password_hash(world: World) -> Scenario:
    """A hash with outdated parameters is renewed at sign-in."""
    store = await world.open_store()
    old = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash("correct horse battery")
    assert await store.set_password_hash("u-alice", old)
    await store.close()
    person = await world.person()
    await person.open("/signin")
    fate = yield lambda: person.submit("/signin", username="alice", password="correct horse battery")
    ((kept,),) = await world.rows("SELECT password_hash FROM users")
    assert agrees(fate, done=kept != old)
    assert is_signed_in(await person.sign_in())


async def add_grant_viewer(world: World) -> Scenario:
    codes, person = await world.issue(), await world.person()
    await person.open("/device")
    fate = yield lambda: person.submit("/device", user_code=codes["user_code"])
    assert agrees(fate, done=await world.count("grant_viewers") == 1)
    assert leads_to(await person.submit("/device", user_code=codes["user_code"])) == "/signin"
    assert await world.count("grant_viewers") == 1, "one browser, however often it looks"


async def end_pairing(world: World) -> Scenario:
    """A person reports a device that has its tokens."""
    codes, alice = await world.issue(), await world.alice()
    assert (await alice.decide(codes)).status_code == 303
    tokens = (await world.poll(codes)).json()
    await alice.open("/outcome")
    fate = yield lambda: alice.submit("/report")
    left = [
        await world.count("reports"),
        await world.count("outbox"),
        await world.count("connected_devices", "revoked_at IS NOT NULL"),
    ]
    assert left in ([0, 0, 0], [1, 1, 1]), "no end without its report, and no report without an end"
    assert agrees(fate, done=left == [1, 1, 1])
    assert (await alice.submit("/report")).headers["location"] == "/reported"
    assert await world.count("reports") == 1, "one pairing is reported once"
    assert await refused(world.refresh(tokens))


async def confirm_device(world: World) -> Scenario:
    codes, alice = await world.issue(), await world.alice()
    await alice.enter(codes)
    ((grant_id,),) = await world.rows("SELECT grant_id FROM device_grants")
    store, now = await world.open_store(), time.time()
    hold = ApprovalHold(confirm_within=120)
    assert await store.decide_grant(bytes(grant_id), GrantStatus.APPROVED, "u-alice", now, now, hold=hold)
    await store.close()
    tokens = (await world.poll(codes)).json()
    await alice.open("/outcome")
    fate = yield lambda: alice.submit("/confirm", reply="yes")
    assert agrees(fate, done=await world.count("connected_devices", "confirm_by IS NULL") == 1)
    assert (await alice.submit("/confirm", reply="yes")).status_code == 303
    assert await world.count("connected_devices", "confirm_by IS NULL") == 1
    assert (await world.refresh(tokens)).status_code == 200


async def ask_removal(world: World) -> Scenario:
    tokens, alice = await world.connected(), await world.alice()
    await alice.open("/devices")
    fate = yield lambda: alice.submit("/devices/remove")
    assert agrees(fate, done=await world.count("connected_devices", "remove_at IS NOT NULL") == 1)
    assert agrees(fate, done=await world.count("device_events") == 1), "with its place in the history"
    alice.forms["/devices/revoke"] = alice.forms["/devices/remove"]
    assert (await alice.submit("/devices/revoke")).status_code == 303
    assert await refused(world.refresh(tokens))


async def undo_removal(world: World) -> Scenario:
    tokens, alice = await world.connected(), await world.alice()
    await alice.open("/devices")
    await alice.submit("/devices/remove")
    later = time.time() + 3600  # the server starts again in the meantime
    await world.change(f"UPDATE connected_devices SET remove_at = {later}")
    await alice.open("/devices")
    fate = yield lambda: alice.submit("/devices/undo")
    assert agrees(fate, done=await world.count("connected_devices", "remove_at IS NULL") == 1)
    assert agrees(fate, done=await world.count("device_events") == 2)
    assert (await alice.submit("/devices/undo")).status_code == 303
    assert await world.count("connected_devices", "remove_at IS NULL") == 1
    assert (await world.refresh(tokens)).status_code == 200


async def finish_removal(world: World) -> Scenario:
    """Removed at once: the device has ended, whether or not it was revoked for good."""
    tokens, alice = await world.connected(), await world.alice()
    await alice.open("/devices")
    form = alice.forms["/devices/remove"]
    alice.forms["/devices/revoke"] = form
    yield lambda: alice.submit("/devices/revoke")
    assert await refused(world.refresh(tokens))
    assert (await world.bearer("GET", "/userinfo", tokens)).status_code == 401
    assert not (await alice.open("/devices")).text.count('/devices/remove"')

    async def is_revoked() -> bool:
        return await world.count("connected_devices", "revoked_at = remove_at AND ended_by = 'user'") == 1

    await world.until(is_revoked, "the sweep after the restart")


async def rename_device(world: World) -> Scenario:
    await world.connected()
    alice = await world.alice()
    await alice.open("/devices")
    path = f"/devices/{alice.forms['/devices/remove']['device_id']}"
    await alice.open(path)
    fate = yield lambda: alice.submit("/devices/rename", name="Kitchen")
    assert agrees(fate, done=await world.count("connected_devices", "given_name = 'Kitchen'") == 1)
    assert agrees(fate, done=await world.count("device_events") == 1)
    await alice.open(path)
    assert (await alice.submit("/devices/rename", name="Hall")).headers["location"] == path
    assert await world.count("connected_devices", "given_name = 'Hall'") == 1
