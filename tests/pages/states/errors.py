"""Every error page."""

from collections.abc import Callable
from typing import Any

from pairgrant_server.authorization_server.http.message import ClientGoneError
from pairgrant_server.authorization_server.store.errors import StoreUnavailableError
from pairgrant_server.front.gate import Gate
from pairgrant_server.front.page_budget import PageBudget
from pairgrant_server.pages.site.error_pages import OF_UNUSABLE_REQUEST
from tests.pages.site_under_test import PASSWORD
from tests.pages.states.code_entry import OTHER_SITE
from tests.pages.states.registry import Build, state
from tests.pages.states.world import World


@state("error-not-found")
async def not_found(world: World) -> None:
    await world.show(path="/nothing-is-here")


@state("error-not-found-signed-in")
async def not_found_signed_in(world: World) -> None:
    await world.show(await world.signed_in(), "/nothing-is-here")


@state("error-method-not-allowed")
async def method_not_allowed(world: World) -> None:
    await world.show(path="/undo")


@state("error-foreign-form")
async def foreign_form(world: World) -> None:
    await world.tab.goto(OTHER_SITE)
    async with world.tab.expect_navigation():
        await world.tab.evaluate(
            """url => {
              const form = document.createElement("form");
              Object.assign(form, {method: "post", action: url});
              document.body.append(form);
              form.submit();
            }""",
            f"{world.site.public_url}/device",
        )


@state("error-too-many-requests")
async def too_many_requests(world: World) -> None:
    gate = world.site.app
    while not isinstance(gate, Gate):
        gate = gate.app
    gate._budget = PageBudget(1, world.site.clock, known_browser=lambda _: None)
    await (await world.stranger()).open("/")
    await world.show(path="/")


@state("error-out-of-date")
async def out_of_date(world: World) -> None:
    await world.show(await world.signed_in(), "/devices")
    await world.tab.context.clear_cookies()
    await world.send("/signout")


@state("error-decision-of-another-session")
async def decision_of_another_session(world: World) -> None:
    person, _ = await world.consent()
    await world.show(person)
    await world.take_over(await world.signed_in())
    await world.send("/consent", "approve")


@state("error-unreadable-form")
async def unreadable_form(world: World) -> None:
    await world.show(path="/device")
    await _change_form(world, "form => { form.enctype = 'text/plain' }")
    await world.send("/device", user_code="BBBB-BBBB")


@state("error-form-too-large")
async def form_too_large(world: World) -> None:
    await world.show(path="/device")
    await _change_form(world, "form => { form.elements.csrf_token.value = 'A'.repeat(200_000) }")
    await world.send("/device", user_code="BBBB-BBBB")


async def _change_form(world: World, script: str) -> None:
    await world.tab.locator('form[action="/device"]').evaluate(script)


def _failing(error: Callable[[], Exception]) -> Build:
    async def build(world: World) -> None:
        async def fail(*_: Any, **__: Any) -> None:
            raise error()

        world.site.backend.people.sign_in = fail  # type: ignore[method-assign]
        await world.show(path="/signin")
        await world.send("/signin", username="alice", password=PASSWORD)

    return build


state("error-form-too-slow")(_failing(lambda: ClientGoneError("slow")))
state("error-unavailable")(_failing(lambda: StoreUnavailableError("busy")))
state("error-internal")(_failing(lambda: RuntimeError("a mistake")))


def _unusable(why: str) -> Build:
    async def build(world: World) -> None:
        await world.show(path=f"/authorize/problem?why={why}")

    return build


for _why in OF_UNUSABLE_REQUEST:
    state(f"error-of-application-{_why.replace('_', '-')}")(_unusable(_why))


@state("error-of-application-expired")
async def expired(world: World) -> None:
    await world.show(await world.signed_in(), "/authorize/consent?request=" + "A" * 43)
