"""Every shape of the question "Connect this device?"."""

from dataclasses import replace
from typing import Any

from pairgrant_protocol.fresh_scan import proof
from pairgrant_server.authorization_server.model.defined_scope import DefinedScope, Icon, ScopeText
from pairgrant_server.authorization_server.model.risk_records import DeviceKey
from tests.pages.states.code_entry import make_codes_longer
from tests.pages.states.registry import state
from tests.pages.states.world import FAR, IN_MILAN, LONG_NAME, World

KEY = "A" * 43
UNKNOWN = "unknown, perhaps 203.0.113.9"


async def ask(world: World, **pairing: Any) -> None:
    person, _ = await world.consent(**pairing)
    await world.show(person)


async def enroll(world: World) -> None:
    key = DeviceKey("lobby-tv", KEY, "Lobby screen", 0, place="ground floor", owner="Facilities")
    await world.site.backend.store.put_device_key(key)


@state("consent-same-network")
async def same_network(world: World) -> None:
    await ask(world)


@state("consent-claimed-name")
async def claimed_name(world: World) -> None:
    await ask(world, device_name="Reception screen")


@state("consent-long-claimed-name")
async def long_claimed_name(world: World) -> None:
    await ask(world, device_name=LONG_NAME)


@state("consent-name-in-another-direction")
async def name_in_another_direction(world: World) -> None:
    await ask(world, device_name="شاشة الاستقبال 2")


@state("consent-other-network")
async def other_network(world: World) -> None:
    await ask(world, address=FAR)


@state("consent-other-network-place")
async def other_network_place(world: World) -> None:
    await ask(world, address=IN_MILAN, device_name="Reception screen")


@state("consent-unknown-network-of-the-person")
async def unknown_person(world: World) -> None:
    world.address = UNKNOWN
    await ask(world)


@state("consent-unknown-network-of-the-device")
async def unknown_device(world: World) -> None:
    await ask(world, address=UNKNOWN)


@state("consent-operator-network")
async def operator_network(world: World) -> None:
    await world.site.set_policy(trusted_networks=("198.51.100.0/24", "203.0.113.0/24"))
    await ask(world, address=FAR)


@state("consent-number")
async def number(world: World) -> None:
    await ask(world, device_capabilities="number")


@state("consent-number-other-network")
async def number_other_network(world: World) -> None:
    await ask(world, address=IN_MILAN, device_capabilities="number")


@state("consent-number-missing")
async def number_missing(world: World) -> None:
    await ask(world, device_capabilities="number")
    await world.send("/consent", "approve")


@state("consent-scanned")
async def scanned(world: World) -> None:
    pairing = await world.site.start_pairing(device_capabilities="number fresh_scan")
    assert pairing.proof_key is not None
    person = await world.signed_in()
    await person.open(f"/D/{pairing.user_code}/{proof(pairing.proof_key, pairing.user_code, 0)}")
    await person.follow(await person.submit("/device"))
    await world.show(person)


@state("consent-label")
async def label(world: World) -> None:
    await ask(world, device_label="Room 4")


@state("consent-label-to-be-typed")
async def label_to_be_typed(world: World) -> None:
    await world.site.set_policy(requires_device_label=True)
    await ask(world, device_label="Room 4")


@state("consent-label-wrong")
async def label_wrong(world: World) -> None:
    await world.site.set_policy(requires_device_label=True)
    await ask(world, device_label="Room 4")
    await world.send("/consent", "approve", device_label="Room 5")


@state("consent-enrolled")
async def enrolled(world: World) -> None:
    pairing = await world.site.start_pairing(dpop_jkt=KEY)  # before the enrolment asks for a proof of the key
    await enroll(world)
    await world.show(await world.ask(pairing))


@state("consent-hold")
async def hold(world: World) -> None:
    await world.site.set_policy(profile="strict")
    await ask(world, device_capabilities="number")


@state("consent-refused")
async def refused(world: World) -> None:
    await world.site.set_policy(profile="strict")
    await ask(world, address=FAR)


@state("consent-refused-everything")
async def refused_everything(world: World) -> None:
    await world.report_one(FAR)
    await world.site.set_policy(profile="strict", fresh_scan="required")
    await ask(world, address=FAR, device_name=LONG_NAME, device_capabilities="number fresh_scan")


@state("consent-only-same-network")
async def only_same_network(world: World) -> None:
    await world.site.set_policy(requires_same_network=True)
    await ask(world, address=FAR)


@state("consent-only-same-network-unknown")
async def only_same_network_unknown(world: World) -> None:
    await world.site.set_policy(requires_same_network=True)
    await ask(world, address=UNKNOWN)


@state("consent-too-late")
async def too_late(world: World) -> None:
    person, _ = await world.consent(address=FAR)
    world.site.clock.now += 575
    await world.show(person)


@state("consent-reported")
async def reported(world: World) -> None:
    await world.report_one(FAR)
    await ask(world, address=FAR)


@state("consent-withheld")
async def withheld(world: World) -> None:
    await world.site.set_policy(strong_scope=("board:write",), weak_connection_lifetime=86_400)
    await ask(world, address=FAR)


@state("consent-optional")
async def optional(world: World) -> None:
    await world.site.set_policy(optional_scope=("board:write", "email"))
    await ask(world)


@state("consent-defined-scopes")
async def defined_scopes(world: World) -> None:
    scopes = (
        DefinedScope(
            "pay", {"en": ScopeText("Pay with your card", "Up to 50 a day.")}, Icon.PAYMENT, is_strong=True
        ),
        DefinedScope("lights", {"en": ScopeText("Switch the lights")}, Icon.HOME),
        DefinedScope(
            "doors", {"en": ScopeText("Open the doors", "All of the building.")}, Icon.KEY, is_strong=True
        ),
        DefinedScope("mail", {"en": ScopeText("Read your mail")}, Icon.MAIL),
    )
    for scope in scopes:
        await world.site.backend.store.put_defined_scope(scope)
    client = await world.site.client("lobby-tv")
    policy = replace(client.policy, optional_scope=("doors", "mail"))
    wanted = ("openid", *(scope.name for scope in scopes))
    await world.site.backend.store.replace_client(replace(client, scope=wanted, policy=policy))
    world.site.clock.now += 3  # clients are remembered for two seconds
    await ask(world, scope=" ".join(wanted))


@state("consent-one-scope")
async def one_scope(world: World) -> None:
    await ask(world, scope="openid")


@state("consent-seen-by-others")
async def seen_by_others(world: World) -> None:
    person, pairing = await world.consent()
    await world.ask(pairing, await world.signed_in("bob"))
    await world.show(person)


@state("consent-self-registered")
async def self_registered(world: World) -> None:
    client = await world.site.client("lobby-tv")
    await world.site.backend.store.replace_client(replace(client, registered_with="integrators"))
    world.site.clock.now += 3
    await ask(world)


@state("consent-same-machine")
async def same_machine(world: World) -> None:
    await ask(world, device_capabilities="browser")


@state("consent-another-new-device")
async def another_new_device(world: World) -> None:
    person, _ = await world.connected(device_name="Kitchen tablet")
    person, _ = await world.consent(person, device_name="Reception screen")
    await world.show(person)


@state("consent-ten-letters")
async def ten_letters(world: World) -> None:
    await make_codes_longer(world)
    await world.show(await world.ask(await world.with_code("WWWWW-MMMMM")))


@state("consent-twelve-letters")
async def twelve_letters(world: World) -> None:
    await make_codes_longer(world)
    await world.show(await world.ask(await world.with_code("WWWW-MMMM-WWWW")))


@state("consent-everything")
async def everything(world: World) -> None:
    """As much as one page can say, and two fields."""
    await world.report_one(IN_MILAN)
    await enroll(world)
    await world.site.set_policy(
        requires_device_label=True,
        optional_scope=("email",),
        strong_scope=("board:write",),
        weak_connection_lifetime=86_400,
    )
    pairing = await world.site.start_pairing(
        address=IN_MILAN, device_capabilities="number browser", device_label="Room 4", device_name=LONG_NAME
    )
    await world.ask(pairing, await world.signed_in("bob"))
    await world.show(await world.ask(pairing))
