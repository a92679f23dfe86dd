"""What becomes of a pairing, on the phone."""

from pairgrant_protocol.sign_in_end import EndedBy
from pairgrant_server.authorization_server.device_flow.approval import CONFIRM_SECONDS, HOLD_SECONDS
from tests.pages.site_under_test import Browser, Pairing
from tests.pages.states.registry import state
from tests.pages.states.world import FAR, LONG_NAME, World


@state("outcome-approved")
async def approved(world: World) -> None:
    person, _ = await world.decided(device_name="Reception screen")
    await world.show(person)


@state("outcome-return-pin")
async def return_pin(world: World) -> None:
    await world.site.set_policy(requires_return_pin=True)
    person, _ = await world.decided(device_name=LONG_NAME)
    await world.show(person)


@state("outcome-return-pin-exhausted")
async def return_pin_exhausted(world: World) -> None:
    await world.site.set_policy(requires_return_pin=True)
    person, pairing = await world.decided()
    pin = world.site.backend.parts.device_flow.return_pin(await world.site.grant(pairing))
    for _ in range(3):
        await pairing.poll(return_pin=f"{(int(pin) + 1) % 1000:03}")
    await world.show(person)


@state("outcome-undo")
async def undo(world: World) -> None:
    person, _ = await world.decided(address=FAR)
    await world.show(person)


@state("outcome-undone")
async def undone(world: World) -> None:
    person, _ = await world.decided(address=FAR)
    await world.show(person)
    await world.send("/undo")


@state("outcome-connected")
async def connected(world: World) -> None:
    person, _ = await world.connected(device_name="Reception screen")
    await world.show(person)


@state("outcome-connected-long-name")
async def connected_long_name(world: World) -> None:
    person, _ = await world.connected(device_name=LONG_NAME)
    await world.show(person)


async def to_be_confirmed(world: World) -> tuple[Browser, Pairing]:
    """Connected after a hold, under a profile that wants a confirmation."""
    await world.site.set_policy(profile="strict")
    person, pairing = await world.consent(device_capabilities="number")
    number = await world.number(pairing)
    await person.follow(await person.submit("/consent", decision="approve", number=number))
    world.site.clock.now += HOLD_SECONDS
    await world.redeem(pairing)
    return person, pairing


@state("outcome-confirm")
async def confirm(world: World) -> None:
    person, pairing = await world.decided(address=FAR, scope="openid board:read")
    world.site.clock.now += HOLD_SECONDS
    await world.redeem(pairing)
    await world.show(person)


@state("outcome-confirm-in-time")
async def confirm_in_time(world: World) -> None:
    person, _ = await to_be_confirmed(world)
    await world.show(person)


@state("outcome-confirmed")
async def confirmed(world: World) -> None:
    person, _ = await to_be_confirmed(world)
    await world.show(person)
    await world.send("/confirm", "yes")


@state("outcome-confirmation-refused")
async def confirmation_refused(world: World) -> None:
    person, _ = await to_be_confirmed(world)
    await world.show(person)
    await world.send("/confirm", "no")


@state("outcome-not-confirmed")
async def not_confirmed(world: World) -> None:
    person, _ = await to_be_confirmed(world)
    world.site.clock.now += CONFIRM_SECONDS
    await world.show(person)


@state("outcome-removed")
async def removed(world: World) -> None:
    person, _ = await world.connected()
    user = await world.site.user("alice")
    (device,) = await world.site.backend.parts.devices.of_user(user.user_id)
    await world.site.backend.store.revoke_device(device.device_id, world.site.clock.now, EndedBy.USER)
    await world.show(person)


@state("outcome-denied")
async def denied(world: World) -> None:
    person, _ = await world.consent()
    await world.show(person)
    await world.send("/consent", "deny")


@state("outcome-wrong-number")
async def wrong_number(world: World) -> None:
    person, pairing = await world.consent(device_capabilities="number")
    number = f"{(int(await world.number(pairing)) + 1) % 100:02}"
    await world.show(person)
    await world.send("/consent", "approve", number=number)


@state("outcome-cancelled")
async def cancelled(world: World) -> None:
    person, pairing = await world.consent()
    await world.cancel(pairing)
    await world.show(person)


@state("outcome-cancelled-signed-out")
async def cancelled_signed_out(world: World) -> None:
    pairing, person = await world.site.start_pairing(), await world.stranger()
    await person.follow(await person.enter(pairing.user_code))
    await world.cancel(pairing)
    await world.show(person, "/outcome")


@state("outcome-reported-by-another")
async def reported_by_another(world: World) -> None:
    person, pairing = await world.consent()
    other = await world.stranger()
    await other.open("/device")
    await other.post("/report", {**other.forms()["/device"], "user_code": pairing.user_code})
    await world.show(person)


@state("outcome-taken")
async def taken(world: World) -> None:
    person, pairing = await world.consent()
    bob = await world.ask(pairing, await world.signed_in("bob"))
    await bob.submit("/consent", decision="approve")
    await world.show(person)


@state("outcome-expired")
async def expired(world: World) -> None:
    person, _ = await world.consent()
    world.site.clock.now += 600
    await world.show(person)


@state("outcome-not-fetched")
async def not_fetched(world: World) -> None:
    person, _ = await world.decided()
    world.site.clock.now += 600
    await world.show(person)


@state("reported-request")
async def reported_request(world: World) -> None:
    person, _ = await world.consent(address=FAR)
    await world.show(person)
    await world.send("/report")


@state("reported-by-a-stranger")
async def reported_by_a_stranger(world: World) -> None:
    pairing = await world.site.start_pairing(address=FAR)
    await world.show(path="/device")
    await world.tab.locator('[name="user_code"]').fill(pairing.user_code)
    await world.click(world.tab.locator('button[formaction="/report"]'))


@state("reported-device")
async def reported_device(world: World) -> None:
    person, _ = await world.connected()
    await world.show(person)
    await world.send("/report")


@state("reported-too-late")
async def reported_too_late(world: World) -> None:
    person, pairing = await world.consent()
    await world.cancel(pairing)  # before the page is shown, which would lead on by itself
    await world.show(person)
    await world.send("/report")
