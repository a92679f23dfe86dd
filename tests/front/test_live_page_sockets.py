"""CONNECT over a real NiceGUI: only with the id of a live page, and in the session that opened the page."""

import asyncio
import re
from typing import Any

import pytest

from pairgrant_server.pages.nicegui_site import SOCKET_PATH
from tests.pages.site_under_test import Browser, SiteUnderTest


async def heard(site: SiteUnderTest, client_id: str, cookies: str) -> list[str]:
    """What a socket hears that names the page ``client_id`` and sends CONNECT, until both are answered."""
    said: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    said.put_nowait({"type": "websocket.connect"})
    said.put_nowait({"type": "websocket.receive", "text": "40"})
    texts: list[str] = []

    async def send(message: Any) -> None:
        text = message.get("text") or ""
        if text:
            texts.append(text)
        if message["type"] == "websocket.close" or text.startswith("40"):
            said.put_nowait({"type": "websocket.disconnect", "code": 1000})

    query = (
        f"EIO=4&transport=websocket&implicit_handshake=true&client_id={client_id}"
        "&tab_id=t&document_id=d&next_message_id=0"
    )
    scope = {
        "type": "websocket",
        "asgi": {"version": "3.0"},
        "path": SOCKET_PATH,
        "raw_path": SOCKET_PATH.encode(),
        "root_path": "",
        "query_string": query.encode(),
        "headers": [
            (b"origin", b"https://pair.example"),
            (b"connection", b"Upgrade"),
            (b"upgrade", b"websocket"),
            (b"cookie", cookies.encode()),
        ],
        "client": ("203.0.113.5", 4321),
        "server": ("pair.example", 443),
        "scheme": "wss",
        "http_version": "1.1",
        "subprotocols": [],
    }
    async with asyncio.timeout(120):
        await site.app(scope, said.get, send)
    return texts


def cookies_of(browser: Browser) -> str:
    return "; ".join(f"{name}={value}" for name, value in browser.http.cookies.items())


@pytest.fixture
async def page_id(alices: Browser) -> str:
    page = await alices.open("/devices")
    found = re.search(r'"client_id": ?"([0-9a-f-]+)"', page.text)
    assert found is not None
    return found[1]


async def test_connect_with_a_live_page_of_the_session_is_confirmed(
    site: SiteUnderTest, alices: Browser, page_id: str
) -> None:
    texts = await heard(site, page_id, cookies_of(alices))
    assert [text[:2] for text in texts[:2]] == ["0{", "40"]


async def test_connect_without_a_live_page_is_refused_so_that_the_browser_polls(
    site: SiteUnderTest, alices: Browser
) -> None:
    texts = await heard(site, "00000000-0000-0000-0000-000000000000", cookies_of(alices))
    assert texts[1:] == ['44{"message":"Implicit handshake failed"}']


@pytest.mark.parametrize("cookies", ["", "__Host-pairgrant=" + "A" * 43])
async def test_connect_with_the_page_of_another_session_is_refused(
    site: SiteUnderTest, page_id: str, cookies: str
) -> None:
    texts = await heard(site, page_id, cookies)
    assert [text[:2] for text in texts] == ["0{", "44"]
