"""The start page, and every state of the page on which a person enters a code."""

from pairgrant_server.authorization_server.limits.code_attempts import PER_ACCOUNT_AND_NETWORK, PER_NETWORK
from pairgrant_server.authorization_server.limits.code_length import SHORT_TERM
from tests.pages.states.registry import state
from tests.pages.states.world import FAR, World

OTHER_SITE = "http://other.example/"


@state("landing")
async def landing(world: World) -> None:
    await world.show(path="/")


@state("landing-signed-in")
async def landing_signed_in(world: World) -> None:
    await world.show(await world.signed_in(), "/")


@state("code")
async def code(world: World) -> None:
    await world.show(path="/device")


@state("code-signed-in")
async def code_signed_in(world: World) -> None:
    await world.show(await world.signed_in(), "/device")


@state("code-longer-codes")
async def longer_codes(world: World) -> None:
    await make_codes_longer(world)
    await world.show(path="/device")


async def make_codes_longer(world: World, guesses: int = SHORT_TERM + 1) -> None:
    """As many wrong guesses as make new codes two letters longer."""
    for _ in range(guesses):
        await world.site.backend.parts.code_attempts.count_wrong()
    world.site.clock.now += 2


@state("code-unknown")
async def unknown(world: World) -> None:
    await world.show(path="/device")
    await world.send("/device", user_code="BBBB-BBBB")


@state("code-too-short")
async def too_short(world: World) -> None:
    await world.show(path="/device")
    await world.send("/device", user_code="BBBB")


@state("code-too-long")
async def too_long(world: World) -> None:
    await world.show(path="/device")
    await world.send("/device", user_code="BBBB-CCCC-DDDD-FFFF")


@state("code-digits")
async def digits(world: World) -> None:
    await world.show(path="/device")
    await world.send("/device", user_code="1234-5678")


@state("code-other-letters")
async def other_letters(world: World) -> None:
    await world.show(path="/device")
    await world.send("/device", user_code="ЖЖЖЖ-ЩЩЩЩ")


@state("code-too-many")
async def too_many(world: World) -> None:
    alice = await world.signed_in()
    for _ in range(PER_ACCOUNT_AND_NETWORK):
        await alice.enter("BBBB-BBBB")
    await world.show(alice, "/device")
    await world.send("/device", user_code="BBBB-BBBB")


@state("code-to-be-typed")
async def to_be_typed(world: World) -> None:
    """A link brought a code that has to be typed."""
    pairing = await world.site.start_pairing(address=FAR)
    await world.show(path=f"/D/{pairing.user_code}")
    await world.send("/device")


@state("code-from-another-site")
async def from_another_site(world: World) -> None:
    pairing = await world.site.start_pairing(address=FAR)
    await world.tab.goto(OTHER_SITE)
    async with world.tab.expect_navigation():
        await world.tab.evaluate(
            "url => { location.href = url }", f"{world.site.public_url}/D/{pairing.user_code}"
        )


@state("code-link")
async def link(world: World) -> None:
    await world.show(path=f"/D/{(await world.site.start_pairing()).user_code}")


@state("code-link-signed-in")
async def link_signed_in(world: World) -> None:
    await world.show(await world.signed_in(), f"/D/{(await world.site.start_pairing()).user_code}")


@state("code-link-malformed")
async def link_malformed(world: World) -> None:
    await world.show(path="/D/BCDFGHJKA")


@state("code-link-unknown")
async def link_unknown(world: World) -> None:
    await world.show(path="/D/BBBBBBBB")
    await world.send("/device")


async def spend_the_network(world: World) -> None:
    """Strangers of this network have to sign in before they enter a code."""
    guesser = await world.stranger()
    for _ in range(PER_NETWORK):
        await guesser.enter("BBBB-BBBB")


@state("code-sign-in-first")
async def sign_in_first(world: World) -> None:
    await spend_the_network(world)
    await world.show(path="/device")
    await world.send("/device", user_code=(await world.site.start_pairing()).user_code)


@state("code-sign-in-first-then-scan")
async def sign_in_first_then_scan(world: World) -> None:
    await spend_the_network(world)
    await world.show(path=f"/D/{(await world.site.start_pairing()).user_code}")
    await world.send("/device")


@state("code-of-another-session")
async def of_another_session(world: World) -> None:
    """The person has signed in in another tab since the page was loaded."""
    await world.show(await world.stranger(), "/device")
    await world.take_over(await world.signed_in())
    await world.send("/device", user_code="BBBB-BBBB")


@state("code-without-cookies")
async def without_cookies(world: World) -> None:
    await world.show(path="/device")
    await world.tab.context.clear_cookies()
    await world.send("/device", user_code="BBBB-BBBB")
