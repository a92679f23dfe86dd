"""The whole server behind one ASGI app: a real store in a temporary file, a clock set by hand, and browsers
to visit it.

``site`` is a world of its own for each test; ``site.browser()`` is one more browser with a cookie jar and an
address.
"""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from html import unescape
from pathlib import Path
from typing import Any

import httpx
import nicegui
import pytest
from argon2 import PasswordHasher
from nicegui import app as nicegui_app
from nicegui import ui

from pairgrant_protocol.secret import Secret
from pairgrant_protocol.user_code import normalize
from pairgrant_protocol.vocabulary import GrantType
from pairgrant_server.accounts.passwords import Passwords
from pairgrant_server.accounts.people import People
from pairgrant_server.accounts.sessions import Sessions
from pairgrant_server.app import build_app
from pairgrant_server.authorization_server.build import assemble
from pairgrant_server.authorization_server.model.client_policy import ClientPolicy
from pairgrant_server.authorization_server.model.records import Client, DeviceGrant, User
from pairgrant_server.authorization_server.places.places import NO_PLACES, Places
from pairgrant_server.authorization_server.secrets.server_key import ServerKey
from pairgrant_server.authorization_server.store.sqlite.store import SqliteStore
from pairgrant_server.backend import Backend
from pairgrant_server.pages.site.live_part import LivePart
from pairgrant_server.resource_server.notice_boards import NoticeBoards
from pairgrant_server.settings import Settings
from tests.authorization_server.hand_clock import HandClock

HTTPS = "https://pair.example"
PASSWORD = "correct horse"
SCOPE = "openid profile email offline_access board:read board:write"
DEVICE_CODE_GRANT = GrantType.DEVICE_CODE.value

_HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')
_FORM = re.compile(r'<form method="post" action="([^"]+)".*?</form>', re.DOTALL)
_FLASH = re.compile("pairgrant-flash=[^;]")
_PAIRING = re.compile("[?&]pairing=[0-9a-f]{64}")


def leads_to(response: httpx.Response) -> str:
    """Where a response redirects to, without the mark of the pairing that it is about."""
    return _PAIRING.sub("", response.headers["location"])


def is_signed_in(response: httpx.Response) -> bool:
    """Whether the response to a sign-in leads on, and not to the form again."""
    return response.status_code == 303 and not leads_to(response).startswith("/signin")


@dataclass
class Browser:
    """The parts of a browser that these tests need: cookies, forms with hidden fields, and ``Origin``."""

    http: httpx.AsyncClient
    origin: str
    _page: httpx.Response | None = None

    @property
    def page(self) -> httpx.Response:
        """The page that is open."""
        assert self._page is not None
        return self._page

    @page.setter
    def page(self, page: httpx.Response) -> None:
        self._page = page

    async def open(self, path: str, **headers: str) -> httpx.Response:
        """GET, and follow where it leads."""
        self.page = await self.http.get(path, headers=headers, follow_redirects=True)
        return self.page

    def forms(self) -> dict[str, dict[str, str]]:
        """The forms of the open page: action -> hidden fields (of the last form with that action)."""
        return {
            unescape(form[1]): {unescape(name): unescape(value) for name, value in _HIDDEN.findall(form[0])}
            for form in _FORM.finditer(self.page.text)
        }

    async def submit(self, action: str, **fields: str) -> httpx.Response:
        """Send the open page's form for ``action``, as a person would; the response is not followed."""
        return await self.post(action, {**self.forms()[action], **fields})

    async def post(self, path: str, fields: dict[str, str], **headers: str) -> httpx.Response:
        """Send a form that no page offered.

        A redirect is not followed, except to the page that says what was wrong with the form.
        """
        said = {"origin": self.origin, **headers}
        response = await self.http.post(path, data=fields, headers={k: v for k, v in said.items() if v})
        if not response.is_redirect:
            self.page = response
        elif _FLASH.search(response.headers.get("set-cookie", "")):
            return await self.follow(response)
        return response

    async def follow(self, response: httpx.Response) -> httpx.Response:
        assert response.status_code == 303, (response.status_code, response.text)
        return await self.open(response.headers["location"])

    async def enter(self, user_code: str) -> httpx.Response:
        """Open the verification page, and submit a code."""
        await self.open("/device")
        return await self.submit("/device", user_code=user_code)

    async def sign_in(self, username: str = "alice", password: str = PASSWORD) -> httpx.Response:
        await self.open("/signin")
        return await self.submit("/signin", username=username, password=password)

    @property
    def cookie(self) -> str:
        """The session cookie."""
        cookie = self.http.cookies.get("__Host-pairgrant") or self.http.cookies.get("pairgrant")
        assert cookie is not None
        return cookie


@dataclass
class LivePage:
    """A page's live part, driven by hand: NiceGUI's timer is never waited for, its callback is called."""

    client: nicegui.Client

    @property
    def html(self) -> str:
        """What the page shows now."""
        return self._element.part.html

    @property
    def title(self) -> str:
        return self._element.part.title

    @property
    def _element(self) -> LivePart:
        (region,) = (element for element in self.client.elements.values() if isinstance(element, LivePart))
        return region

    @property
    def timer(self) -> ui.timer:
        (timer,) = (element for element in self.client.elements.values() if isinstance(element, ui.timer))
        return timer

    async def tick(self) -> None:
        callback = self.timer.callback
        assert callback is not None
        with self.client.content:
            await callback()

    @property
    def has_stopped(self) -> bool:
        return self.timer._is_canceled

    @property
    def went_to(self) -> list[str]:
        """The pages, without the mark of the pairing that they are about."""
        messages = self.client.outbox.messages
        opened = [message[2]["path"] for message in messages if message[1] == "open"]
        return [_PAIRING.sub("", path) for path in opened]


@dataclass
class Pairing:
    """What the device holds while it waits."""

    user_code: str
    device_code: str
    poll: Callable[..., Awaitable[dict[str, Any]]]
    proof_key: Secret | None = None
    """With it the device proves that its QR code is fresh, if it said that it can."""


@dataclass
class SiteUnderTest:
    app: Any
    backend: Backend
    clock: HandClock
    public_url: str
    _closing: AsyncExitStack = field(repr=False)
    pauses: list[float] = field(default_factory=list)
    """The delays of limits so far, in seconds."""

    async def browser(self, address: str = "203.0.113.5") -> Browser:
        transport = httpx.ASGITransport(self.app, client=(address, 4321))
        http = httpx.AsyncClient(transport=transport, base_url=self.public_url)
        return Browser(await self._closing.enter_async_context(http), self.public_url)

    async def start_pairing(
        self, *, address: str = "203.0.113.5", client_id: str = "lobby-tv", scope: str = SCOPE, **extra: str
    ) -> Pairing:
        device = (await self.browser(address)).http
        request = {"client_id": client_id, "scope": scope, **extra}
        response = (await device.post("/device_authorization", data=request)).json()

        async def poll(**more: str) -> dict[str, Any]:
            fields = {
                "grant_type": DEVICE_CODE_GRANT,
                "device_code": response["device_code"],
                "client_id": client_id,
                **more,
            }
            polled: dict[str, Any] = (await device.post("/token", data=fields)).json()
            return polled

        proof_key = None if "proof_key" not in response else Secret(response["proof_key"])
        return Pairing(response["user_code"], response["device_code"], poll, proof_key)

    @property
    def sessions(self) -> Sessions:
        return Sessions(self.backend.store, self.backend.server_key, self.clock)

    async def set_policy(self, client_id: str = "lobby-tv", **rules: Any) -> None:
        client = await self.client(client_id)
        await self.backend.store.replace_client(replace(client, policy=ClientPolicy(**rules)))
        self.clock.now += 3  # clients are remembered for two seconds

    async def client(self, client_id: str) -> Client:
        client = await self.backend.store.client(client_id)
        assert client is not None
        return client

    async def user(self, username: str) -> User:
        user = await self.backend.people.user_by_name(username)
        assert user is not None
        return user

    async def grant(self, pairing: Pairing) -> DeviceGrant:
        digest = self.backend.server_key.mac("user_code", normalize(pairing.user_code))
        grant = await self.backend.store.grant_by_user_code(digest)
        assert grant is not None
        return grant

    def live_page(self, response: httpx.Response) -> LivePage:
        found = re.search(r'"client_id": "([0-9a-f-]+)"', response.text)
        assert found, response.text
        return LivePage(nicegui.Client.instances[found[1]])


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def public_url() -> str:
    return HTTPS


@pytest.fixture
def app_options() -> dict[str, Any]:
    """What ``build_app`` is given on top; a test overrides it by ``parametrize``."""
    return {}


def recording(pauses: list[float]) -> Callable[[float], Awaitable[None]]:
    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    return pause


@pytest.fixture
def pauses() -> list[float]:
    """The seconds that the site would have waited; no test waits for them."""
    return []


@pytest.fixture
def places() -> Places:
    """What is known of addresses; a test overrides it."""
    return NO_PLACES


@asynccontextmanager
async def opened_backend(
    folder: Path, clock: HandClock, public_url: str, pauses: list[float], places: Places = NO_PLACES
) -> AsyncIterator[Backend]:
    """Everything behind a site, with a store in ``folder``."""
    settings = Settings.load(
        database=f"sqlite:///{folder / 'pairgrant.db'}",
        public_url=public_url,
        device_authorizations_per_address=0,
    )
    assert settings.sqlite_path is not None
    store = SqliteStore.open(settings.sqlite_path)
    passwords = Passwords(
        PasswordHasher(time_cost=1, memory_cost=8, parallelism=1), pause=recording(pauses), clock=lambda: 0.0
    )
    server_key = ServerKey(Secret("test server key"))
    parts = await assemble(store, server_key, settings.for_server(), clock=clock, places=places)
    people = People(store, passwords, clock)
    yield Backend(settings, store, server_key, parts, people, NoticeBoards(store, clock))
    passwords.close()
    await store.close()


async def add_people_and_client(backend: Backend) -> None:
    """Two people, alice and bob, and one client, lobby-tv."""
    await backend.people.add("alice", Secret(PASSWORD), "Alice Liddell", "alice@example.org")
    await backend.people.add("bob", Secret(PASSWORD))
    await backend.parts.clients.add(
        "lobby-tv",
        "Lobby TV",
        secret=None,
        grant_types=frozenset({GrantType.DEVICE_CODE, GrantType.REFRESH_TOKEN}),
        scope=SCOPE,
    )


@pytest.fixture
async def backend(
    tmp_path: Path, clock: HandClock, public_url: str, pauses: list[float], places: Places
) -> AsyncIterator[Backend]:
    async with opened_backend(tmp_path, clock, public_url, pauses, places) as backend:
        yield backend


@pytest.fixture
async def site(
    backend: Backend, clock: HandClock, pauses: list[float], app_options: dict[str, Any]
) -> AsyncIterator[SiteUnderTest]:
    """A site with two people, alice and bob, and one client, lobby-tv."""
    await add_people_and_client(backend)
    app: Any = build_app(backend, clock=clock, **{"pause": recording(pauses), **app_options})
    async with nicegui_app.router.lifespan_context(nicegui_app), AsyncExitStack() as closing:
        yield SiteUnderTest(app, backend, clock, backend.settings.public_url, closing, pauses)
        for client in list(nicegui.Client.instances.values()):
            client.delete()
    nicegui_app._shutdown_handlers.clear()  # each start adds its own, and a process usually starts once


@pytest.fixture
async def browser(site: SiteUnderTest) -> Browser:
    return await site.browser()


@pytest.fixture
async def alices(site: SiteUnderTest) -> Browser:
    """A browser in which Alice is signed in."""
    browser = await site.browser()
    assert is_signed_in(await browser.sign_in())
    return browser
