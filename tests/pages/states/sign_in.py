"""Every state of the sign-in page, and of the sign-in at another provider."""

from typing import Any

from pairgrant_protocol.secret import Secret
from pairgrant_protocol.vocabulary import GrantType
from pairgrant_server.accounts.upstream.upstream_accounts import UpstreamAccounts
from pairgrant_server.accounts.upstream.upstreams import Upstreams
from tests.pages.application.code_flow_steps import BACK, authorize_url
from tests.pages.site_under_test import Browser
from tests.pages.states.registry import state
from tests.pages.states.world import LONG_NAME, World

WRONG = {"username": "alice", "password": "a wrong password"}


async def at_a_code(world: World, **pairing: Any) -> Browser:
    """A stranger who has entered a code."""
    started, person = await world.site.start_pairing(**pairing), await world.stranger()
    await person.follow(await person.enter(started.user_code))
    return person


async def add_provider(world: World, *, creates_accounts: bool = True) -> None:
    upstreams = Upstreams(world.site.backend.store, world.site.backend.server_key, world.site.clock)
    issuer, label = world.provider.issuer, "Example & Co."
    await upstreams.add(
        "example", issuer=issuer, client_id="pairgrant", label=label, creates_accounts=creates_accounts
    )


async def add_application(world: World, name: str = "A Web App", **rules: Any) -> None:
    """``web``, a confidential client of the code flow."""
    scope = "openid profile email offline_access board:read"
    grants = frozenset({GrantType.AUTHORIZATION_CODE, GrantType.REFRESH_TOKEN})
    secret = Secret("the secret of a web application")
    clients = world.site.backend.parts.clients
    await clients.add("web", name, secret=secret, grant_types=grants, scope=scope, redirect_uris=(BACK,))
    if rules:
        await world.site.set_policy("web", **rules)


@state("sign-in")
async def plain(world: World) -> None:
    await world.show(path="/signin?next=/devices")


@state("sign-in-error")
async def error(world: World) -> None:
    await world.show(path="/signin")
    await world.send("/signin", **WRONG)


@state("sign-in-device")
async def device(world: World) -> None:
    await world.show(await at_a_code(world))


@state("sign-in-device-long-name")
async def device_long_name(world: World) -> None:
    await world.show(await at_a_code(world, device_name=LONG_NAME))


@state("sign-in-device-error")
async def device_error(world: World) -> None:
    await world.show(await at_a_code(world, device_name="Reception screen"))
    await world.send("/signin", **WRONG)


@state("sign-in-device-expired")
async def device_expired(world: World) -> None:
    person = await at_a_code(world)
    world.site.clock.now += 700
    await world.show(person)


@state("sign-in-device-left")
async def device_left(world: World) -> None:
    pairing, person = await world.site.start_pairing(), await world.stranger()
    await person.follow(await person.enter(pairing.user_code))
    await world.cancel(pairing)
    await world.show(person)


@state("sign-in-application")
async def application(world: World) -> None:
    await add_application(world)
    await world.show(path=authorize_url())


@state("sign-in-application-error")
async def application_error(world: World) -> None:
    await add_application(world)
    await world.show(path=authorize_url(login_hint="alice"))
    await world.send("/signin", **WRONG)


@state("sign-in-application-other-account")
async def application_other_account(world: World) -> None:
    await add_application(world)
    bob = await world.site.user("bob")
    claims = {"iss": world.site.public_url, "sub": bob.user_id, "aud": "web", "exp": 1}
    hint = world.site.backend.parts.keys.sign(claims, typ="JWT").reveal()
    await world.show(await world.signed_in(), authorize_url(id_token_hint=hint))


@state("sign-in-providers")
async def providers(world: World) -> None:
    await add_provider(world)
    await world.show(path="/signin")


@state("sign-in-providers-device-error")
async def providers_device_error(world: World) -> None:
    await add_provider(world)
    await world.show(await at_a_code(world))
    await world.send("/signin", **WRONG)


@state("provider-leaving")
async def leaving(world: World) -> None:
    await add_provider(world)
    await world.show(path="/signin")
    await world.send("/signin/with/example")


async def come_back(world: World, person: Browser, page: str = "/signin", **changes: str | None) -> None:
    """In Chromium: what the provider sends the person back to."""
    await person.open(page)
    left = await person.submit("/signin/with/example")
    uri = world.provider.authorize(left.headers["refresh"].partition("url=")[2], **changes)
    await world.show(person, uri)


@state("provider-unavailable")
async def unavailable(world: World) -> None:
    await add_provider(world)
    world.provider.instead["/.well-known/openid-configuration"] = (500, {}, b"")
    await world.show(path="/signin")
    await world.send("/signin/with/example")


@state("provider-cancelled")
async def cancelled(world: World) -> None:
    await add_provider(world)
    await come_back(world, await world.stranger(), error="access_denied", code=None)


@state("provider-expired")
async def expired(world: World) -> None:
    await add_provider(world)
    person = await world.stranger()
    await person.open("/signin")
    left = await person.submit("/signin/with/example")
    world.site.clock.now += 601
    await world.show(person, world.provider.authorize(left.headers["refresh"].partition("url=")[2]))


@state("provider-invalid-response")
async def invalid_response(world: World) -> None:
    await add_provider(world)
    await come_back(world, await world.stranger(), state="of another browser")


@state("provider-sign-in-too-old")
async def too_old(world: World) -> None:
    await add_provider(world)
    await add_application(world)
    person = await world.stranger()
    await person.open(authorize_url(prompt="login"))
    world.provider.changes = {"auth_time": int(world.site.clock.now) - 3600}
    await come_back(world, person, person.page.url.raw_path.decode())


@state("provider-account-locked")
async def locked(world: World) -> None:
    await add_provider(world)
    accounts = UpstreamAccounts(world.site.backend.store, world.site.clock)
    await accounts.link(await world.site.user("alice"), world.provider.issuer, world.provider.subject)
    await world.site.backend.people.set_locked("alice", locked=True)
    await come_back(world, await world.stranger())


@state("provider-no-account")
async def no_account(world: World) -> None:
    await add_provider(world, creates_accounts=False)
    await come_back(world, await world.stranger())


@state("sign-in-of-another-session")
async def of_another_session(world: World) -> None:
    await world.show(await world.stranger(), "/signin")
    await world.take_over(await at_a_code(world))
    await world.send("/signin", **WRONG)
