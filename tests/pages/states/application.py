"""The pages between an application and a person: consent, and signing out at its request."""

from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from tests.pages.application.code_flow_steps import authorize_url
from tests.pages.states.registry import state
from tests.pages.states.sign_in import add_application
from tests.pages.states.world import LONG_NAME, World


async def ask(world: World, **changes: Any) -> None:
    await world.show(await world.signed_in(), authorize_url(**changes))


@state("application-consent")
async def consent(world: World) -> None:
    await add_application(world)
    await ask(world, scope="openid profile email offline_access board:read")


@state("application-consent-nothing")
async def consent_nothing(world: World) -> None:
    await add_application(world)
    await ask(world, scope="openid")


@state("application-consent-optional")
async def consent_optional(world: World) -> None:
    await add_application(world, optional_scope=("email",))
    await ask(world, scope="openid profile email")


@state("application-consent-unchecked")
async def consent_unchecked(world: World) -> None:
    await add_application(world, LONG_NAME)
    client = await world.site.client("web")
    await world.site.backend.parts.clients.replace(replace(client, registered_with="integrators"))
    await ask(world)


async def log_out(world: World, username: str | None = None) -> None:
    await add_application(world, post_logout_redirect_uris=("https://app.example/bye",))
    asked = {"client_id": "web"}
    if username is not None:
        user = await world.site.user(username)
        claims = {"iss": world.site.public_url, "sub": user.user_id, "aud": "web", "exp": 1}
        asked["id_token_hint"] = world.site.backend.parts.keys.sign(claims, typ="JWT").reveal()
    await world.show(await world.signed_in(), "/logout?" + urlencode(asked))


@state("logout")
async def logout(world: World) -> None:
    await log_out(world)


@state("logout-of-someone-else")
async def logout_of_someone_else(world: World) -> None:
    await log_out(world, "bob")
