"""The gate: unknown paths and foreign origins are refused, and each network has its limits."""

import asyncio
from typing import Any

import pytest
from nicegui import Client
from structlog.testing import capture_logs

from pairgrant_server.front.gate import Gate
from pairgrant_server.front.open_sockets import OpenSockets
from pairgrant_server.pages.nicegui_site import SOCKET_PATH
from tests.pages.site_under_test import Browser, SiteUnderTest

PAGES = ["/", "/device", "/D/WDJBMJHT", "/signin"]


@pytest.mark.parametrize(
    "path",
    [
        "/nothing",
        "/device/",
        "/D/",
        "/D/A/0",
        "/D/%0ASet-Cookie:%20a=b",
        f"/D/{'B' * 200}",
        "/D",
        "/d/WDJBMJHT",
        "/_nicegui/3.18.0/static/quasar.umd.prod.js",
        "/_nicegui/3.18.0/dynamic_resources/x",
        "/_nicegui_ws/socket.io/?EIO=4&transport=polling",
        "/_nicegui",
        "/openapi.json",
        "/docs",
        "/%2e%2e/etc/passwd",
    ],
)
async def test_unknown_path_is_404_without_a_nicegui_client(
    site: SiteUnderTest, browser: Browser, path: str
) -> None:
    response = await browser.open(path)
    assert response.status_code == 404
    assert "<h1>Page not found</h1>" in response.text
    assert not Client.instances


@pytest.mark.parametrize("path", PAGES)
async def test_page_without_live_part_leaves_no_nicegui_client(browser: Browser, path: str) -> None:
    assert (await browser.open(path)).status_code == 200
    assert not Client.instances


@pytest.mark.parametrize("path", PAGES)
async def test_head_is_get_without_the_body(browser: Browser, path: str) -> None:
    got = await browser.http.get(path)
    response = await browser.http.head(path)
    assert response.status_code == 200
    assert response.content == b""
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert response.headers["content-length"] == got.headers["content-length"]


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", "/device", "GET, HEAD, POST"),
        ("PUT", "/", "GET, HEAD"),
        ("GET", "/signout", "POST"),
        ("OPTIONS", "/device", "GET, HEAD, POST"),
    ],
)
async def test_unsupported_method_is_405(browser: Browser, method: str, path: str, allowed: str) -> None:
    response = await browser.http.request(method, path)
    assert response.status_code == 405
    assert response.headers["allow"] == allowed


async def test_a_forwarded_prefix_is_not_passed_on(site: SiteUnderTest, alices: Browser) -> None:
    """NiceGUI would write it into its pages, and put it before every redirect."""
    hostile = {"x-forwarded-prefix": "//evil.example"}
    assert "evil" not in (await alices.open("/devices", **hostile)).text
    response = await (await site.browser()).http.get("/devices", headers=hostile)
    assert response.headers["location"] == "/signin?next=/devices"


@pytest.mark.parametrize("host", ["evil.example", "[", "evil.example/board?", "", "a b"])
async def test_forged_host_header_appears_nowhere(alices: Browser, host: str) -> None:
    page = await alices.http.get("/devices", headers={"host": host, "x-forwarded-host": "evil.example"})
    assert page.status_code == 200
    assert "evil.example" not in page.text
    assert "evil.example" not in str(page.headers)
    assert '<a href="/devices" aria-current="page">' in page.text


class TestRateLimit:
    @pytest.fixture
    def app_options(self) -> dict[str, Any]:
        return {"pages_per_minute": 10}

    async def test_pages_per_minute_are_limited_by_network(
        self, site: SiteUnderTest, browser: Browser
    ) -> None:
        statuses = [(await browser.http.get("/device")).status_code for _ in range(11)]
        assert statuses == [200] * 10 + [429]
        refused = await browser.open("/device")
        assert refused.headers["retry-after"] == "60"
        assert "Too many requests" in refused.text
        site.clock.now += 60
        assert (await browser.open("/device")).status_code == 200

    async def test_strangers_on_a_network_do_not_lock_out_who_has_signed_in_there(
        self, site: SiteUnderTest, browser: Browser, alices: Browser
    ) -> None:
        site.clock.now += 60
        while (await browser.open("/device")).status_code == 200:
            pass
        assert (await alices.open("/devices")).status_code == 200
        assert (await alices.submit("/signout")).status_code == 303
        signed_in = await alices.sign_in()
        assert signed_in.status_code == 303
        assert (await browser.open("/device")).status_code == 429

    async def test_known_browsers_of_a_network_have_as_much_again_in_all(
        self, site: SiteUnderTest, alices: Browser
    ) -> None:
        site.clock.now += 60
        statuses = [(await alices.http.get("/device")).status_code for _ in range(21)]
        assert statuses == [200] * 20 + [429]

    async def test_invented_browser_cookie_gives_no_budget(
        self, site: SiteUnderTest, browser: Browser
    ) -> None:
        entry = f"{'A' * 22}.{int(site.clock.now)}.{'A' * 43}"
        browser.http.cookies.set("__Host-pairgrant-known", entry, domain="pair.example")
        statuses = [(await browser.http.get("/device")).status_code for _ in range(11)]
        assert statuses == [200] * 10 + [429]

    async def test_limit_of_one_network_does_not_affect_another(
        self, site: SiteUnderTest, browser: Browser
    ) -> None:
        for _ in range(11):
            await browser.open("/device")
        elsewhere = await site.browser("198.51.100.7")
        assert (await elsewhere.open("/device")).status_code == 200

    async def test_forged_forwarded_address_does_not_evade_the_limit(self, browser: Browser) -> None:
        statuses = [
            (
                await browser.open(
                    "/device", **{"x-forwarded-for": f"192.0.2.{n}", "forwarded": f"for=192.0.2.{n}"}
                )
            ).status_code
            for n in range(11)
        ]
        assert statuses[-1] == 429

    async def test_ipv6_addresses_of_one_subscriber_share_a_limit(self, site: SiteUnderTest) -> None:
        statuses = []
        for number in range(11):
            browser = await site.browser(f"2001:db8::{number:x}")
            statuses.append((await browser.open("/device")).status_code)
        assert statuses[-1] == 429

    async def test_networks_of_an_ipv6_48_share_the_limit_of_three(self, site: SiteUnderTest) -> None:
        statuses = []
        for number in range(31):
            browser = await site.browser(f"2001:db8:1:{number:02x}00::1")
            statuses.append((await browser.open("/device")).status_code)
        assert statuses == [200] * 30 + [429]

    async def test_oauth_endpoints_are_not_counted_as_pages(
        self, site: SiteUnderTest, browser: Browser
    ) -> None:
        for _ in range(11):
            await browser.open("/device")
        assert (await browser.http.get("/healthz")).status_code == 200
        assert (await site.start_pairing()).user_code


def gate_of(site: SiteUnderTest) -> Gate:
    """However many apps stand before it."""
    app = site.app
    while not isinstance(app, Gate):
        app = app.app
    return app


class TestLiveClients:
    async def test_page_beyond_the_live_page_limit_polls(
        self, site: SiteUnderTest, alices: Browser, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The page is complete, and asks for its live part, so no one is refused for lack of memory."""
        gate: Any = gate_of(site)
        object.__setattr__(gate.app._site, "live_clients", 1)
        first = await alices.open("/devices")
        second = await alices.open("/devices")
        assert "/nicegui.js" in first.text
        assert "/nicegui.js" not in second.text
        assert "/static/live." in second.text
        assert "connect-src 'self'" in second.headers["content-security-policy"]
        assert "No device is connected." in second.text
        assert len(Client.instances) == 1


class SocketApp:
    """Stands where NiceGUI stands: accepts every websocket, and holds it until it is let go."""

    def __init__(self) -> None:
        self.let_go = asyncio.Event()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "websocket.accept"})
        await self.let_go.wait()


@pytest.fixture
def socket_app(site: SiteUnderTest) -> SocketApp:
    app = SocketApp()
    gate_of(site).app = app
    return app


def connect(
    site: SiteUnderTest,
    *,
    path: str = SOCKET_PATH,
    origin: str | None = "https://pair.example",
    query: bytes = b"EIO=4&transport=websocket&implicit_handshake=true&client_id=x",
) -> Any:
    """A websocket: the task that serves it, and the types of the messages that the server sends."""
    sent: list[str] = []

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.connect"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message["type"])

    scope = {
        "type": "websocket",
        "path": path,
        "query_string": query,
        "headers": [] if origin is None else [(b"origin", origin.encode())],
        "client": ("203.0.113.5", 4321),
    }
    return asyncio.ensure_future(site.app(scope, receive, send)), sent


class TestSocket:
    @pytest.mark.parametrize("origin", ["https://pair.example", None])
    async def test_socket_from_our_own_page_is_accepted(
        self, site: SiteUnderTest, socket_app: SocketApp, origin: str | None
    ) -> None:
        socket_app.let_go.set()
        serving, sent = connect(site, origin=origin)
        await serving
        assert sent == ["websocket.accept"]

    @pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://pair.example"])
    async def test_socket_from_a_foreign_page_is_refused(
        self, site: SiteUnderTest, socket_app: SocketApp, origin: str
    ) -> None:
        serving, sent = connect(site, origin=origin)
        await serving
        assert sent == ["websocket.close"]

    @pytest.mark.parametrize("path", ["/", "/device", "/_nicegui_ws/", "/_nicegui_ws/other/"])
    async def test_socket_on_any_other_path_is_refused(
        self, site: SiteUnderTest, socket_app: SocketApp, path: str
    ) -> None:
        serving, sent = connect(site, path=path)
        await serving
        assert sent == ["websocket.close"]

    @pytest.mark.parametrize(
        "query",
        [
            b"",
            b"EIO=4&transport=websocket",
            b"EIO=4&transport=websocket&client_id=x",
            b"EIO=4&transport=websocket&implicit_handshake=true",
            b"EIO=4&transport=websocket&implicit_handshake=false&client_id=x",
            b"EIO=4&transport=websocket&implicit_handshake=true&client_id=x&client_id=y",
            b"EIO=4&transport=polling&implicit_handshake=true&client_id=x",
            b"EIO=3&transport=websocket&implicit_handshake=true&client_id=x",
            b"EIO=4&transport=websocket&implicit_handshake=true&client_id=x&sid=y",
        ],
    )
    async def test_socket_that_names_no_page_is_refused(
        self, site: SiteUnderTest, socket_app: SocketApp, query: bytes
    ) -> None:
        serving, sent = connect(site, query=query)
        await serving
        assert sent == ["websocket.close"]

    async def test_open_sockets_are_limited_by_network(
        self, site: SiteUnderTest, socket_app: SocketApp
    ) -> None:
        gate_of(site)._sockets = OpenSockets(in_all=10, per_network=2)
        held = [connect(site) for _ in range(2)]
        await asyncio.sleep(0)
        with capture_logs() as logs:
            serving, sent = connect(site)
            await serving
        assert sent == ["websocket.close"]
        assert [(line["event"], line["limit"]) for line in logs] == [("limit.reached", "websockets")]
        socket_app.let_go.set()
        await asyncio.gather(*(task for task, _ in held))
        serving, sent = connect(site)
        await serving
        assert sent == ["websocket.accept"]

    def test_ipv6_48_has_the_open_sockets_of_three_networks(self) -> None:
        sockets = OpenSockets(in_all=100, per_network=2)
        neighbours = [f"2001:db8:1:{number:02x}00::/56" for number in range(20)]
        assert [sockets.admit(network) for network in neighbours].count(True) == 3 * 2
        assert sockets.admit("2001:db8:2::/56")
        sockets.release(neighbours[0])
        assert sockets.admit(neighbours[-1])
        for network in (*neighbours[1:6], neighbours[-1], "2001:db8:2::/56"):
            sockets.release(network)
        assert not sockets._by_network

    def test_open_sockets_are_limited_in_total(self) -> None:
        sockets = OpenSockets(in_all=2, per_network=2)
        assert sockets.admit("a")
        assert sockets.admit("b")
        assert not sockets.admit("c")
        sockets.release("a")
        assert sockets.admit("c")
