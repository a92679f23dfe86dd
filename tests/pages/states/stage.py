"""One Chromium and one server in a process; each state gets a site of its own behind that server.

A state is up in a fraction of a second: the store is a new file, the clock is set by hand, and the browser
and the socket stay.
"""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import nicegui
import pytest
import uvicorn
from nicegui import app as nicegui_app
from playwright.async_api import Browser, ConsoleMessage, Page, Route, async_playwright

from pairgrant_server.app import build_app
from pairgrant_server.pages import nicegui_site
from pairgrant_server.translation import catalogues
from tests.authorization_server.hand_clock import HandClock
from tests.fake_provider import ISSUER, FakeProvider
from tests.pages.chromium import CHROMIUM, PATIENCE, PHONE
from tests.pages.pseudo_language import LANGUAGE, PseudoLanguage
from tests.pages.site_under_test import SiteUnderTest, add_people_and_client, opened_backend, recording
from tests.pages.states.registry import State
from tests.pages.states.world import Places, World
from tests.quick_servers import quicken
from tests.tabs import new_context, new_tab

Scheme = Literal["light", "dark"]
OTHER_SITE = "http://other.example"

_ARGUMENTS = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]


@dataclass
class Shown:
    """A state, as a tab shows it."""

    state: State
    world: World
    _switch: "_Switch"
    complaints: list[str] = field(default_factory=list)
    """Of the console: errors, warnings, and what the Content Security Policy refused."""

    @property
    def page(self) -> Page:
        return self.world.tab

    @property
    def html(self) -> str:
        """The document as it was sent, before any script."""
        return self._switch.document.decode()


class _Switch:
    """The ASGI app behind the port: that of the state that is shown."""

    app: Any = None
    world: World | None = None
    document = b""
    """The last document that Chromium loaded, as it was sent."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        assert self.world is not None
        headers = dict(scope["headers"])
        if headers.get(b"sec-fetch-dest") == b"document":
            self.document, send = b"", self._keeping(send)
        await self.app({**scope, "client": (self.world.address, 1)}, receive, send)

    def _keeping(self, send: Any) -> Any:
        async def keep(message: Any) -> None:
            self.document += message.get("body", b"")
            await send(message)

        return keep


@dataclass
class Stage:
    public_url: str
    chromium: Browser
    _switch: _Switch
    _tabs: dict[tuple[str, bool], Page] = field(default_factory=dict)

    @asynccontextmanager
    async def show(
        self,
        state: State,
        *,
        size: tuple[int, int] = PHONE,
        scheme: Scheme = "light",
        language: str = "en-US",
        javascript: bool = True,
    ) -> AsyncIterator[Shown]:
        """Bring a tab to ``state``."""
        tab = await self._tab(language, javascript=javascript)
        await tab.set_viewport_size({"width": size[0], "height": size[1]})
        await tab.emulate_media(color_scheme=scheme)
        async with self._new_world(tab) as world:
            shown = Shown(state, world, self._switch)
            try:
                with _listening(shown):
                    await state.build(world)
                    await tab.wait_for_load_state()
                    yield shown
            finally:
                await tab.goto("about:blank")
                await tab.context.clear_cookies()

    async def _tab(self, language: str, *, javascript: bool) -> Page:
        """The one tab for this language; another tab would be another process, which takes a while."""
        tab = self._tabs.get((language, javascript))
        if tab is None:
            context = await new_context(
                self.chromium, base_url=self.public_url, locale=language, java_script_enabled=javascript
            )
            await context.route(f"{OTHER_SITE}/**", _page_of_another_site)
            await context.route(f"{ISSUER}/**", _stay)
            tab = self._tabs[language, javascript] = await new_tab(context)
        return tab

    @asynccontextmanager
    async def _new_world(self, tab: Page) -> AsyncIterator[World]:
        clock, pauses = HandClock(), list[float]()
        provider = FakeProvider(clock=clock)
        async with AsyncExitStack() as closing:
            folder = closing.enter_context(tempfile.TemporaryDirectory())
            backend = await closing.enter_async_context(
                opened_backend(Path(folder), clock, self.public_url, pauses, Places())
            )
            await add_people_and_client(backend)
            app = build_app(backend, clock=clock, pause=recording(pauses), connect_upstream=provider.connect)
            site = SiteUnderTest(app, backend, clock, self.public_url, closing, pauses)
            world = World(site, tab, provider)
            self._switch.app, self._switch.world = app, world
            yield world
            for client in list(nicegui.Client.instances.values()):
                client.delete()


@contextmanager
def _listening(shown: Shown) -> Iterator[None]:
    def note(message: ConsoleMessage) -> None:
        is_status = message.text.startswith("Failed to load resource: the server responded")
        if message.type in {"error", "warning"} and not is_status:
            shown.complaints.append(message.text)

    def note_error(error: Exception) -> None:
        shown.complaints.append(str(error))

    page = shown.page
    page.on("console", note)
    page.on("pageerror", note_error)
    yield
    page.remove_listener("console", note)
    page.remove_listener("pageerror", note_error)


async def _page_of_another_site(route: Route) -> None:
    await route.fulfill(content_type="text/html", body="<!doctype html><title>Other</title>")


async def _stay(route: Route) -> None:
    """A response on which the browser stays where it is."""
    await route.fulfill(status=204)


async def _serve(app: Any, port: int) -> Callable[[], Awaitable[None]]:
    config = uvicorn.Config(
        app, interface="asgi3", port=port, lifespan="off", log_config=None, access_log=False
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
        assert not serving.done()

    async def stop() -> None:
        server.should_exit = True
        await serving

    return stop


@asynccontextmanager
async def opened_stage(port: int) -> AsyncIterator[Stage]:
    switch = _Switch()
    nicegui_site._process_wide_app()
    async with AsyncExitStack() as closing:
        patch = closing.enter_context(pytest.MonkeyPatch.context())
        quicken(patch)
        patch.setitem(catalogues(), LANGUAGE, PseudoLanguage())
        playwright = await closing.enter_async_context(async_playwright())
        chromium = await playwright.chromium.launch(
            executable_path=CHROMIUM, args=_ARGUMENTS, timeout=PATIENCE
        )
        closing.push_async_callback(chromium.close)
        closing.callback(nicegui_app._shutdown_handlers.clear)  # each start adds its own
        await closing.enter_async_context(nicegui_app.router.lifespan_context(nicegui_app))
        closing.push_async_callback(await _serve(switch, port))
        yield Stage(f"http://127.0.0.1:{port}", chromium, switch)
