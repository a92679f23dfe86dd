"""A sign-in at another provider, step by step."""

from dataclasses import dataclass
from html import unescape
from typing import Any

import httpx

from tests.fake_provider import FakeProvider
from tests.pages.site_under_test import Browser


@dataclass
class Trip:
    """From the sign-in page to the provider, and back."""

    provider: FakeProvider

    async def leave(self, browser: Browser, page: str = "/signin") -> str:
        """Tap the button on ``page``; where the browser is led."""
        await browser.open(page)
        response = await browser.submit("/signin/with/example")
        assert response.status_code == 200, response.text
        delay, _, uri = response.headers["refresh"].partition("; url=")
        assert delay == "0"
        assert unescape(response.text).count(f'href="{uri}"') == 1, (
            "and for who lets no page lead on by itself"
        )
        return str(uri)

    async def come_back(self, browser: Browser, uri: str) -> httpx.Response:
        """The top-level GET by which a provider sends people back; the response is not followed."""
        response: httpx.Response = await browser.http.get(uri)
        return response

    async def sign_in(self, browser: Browser, page: str = "/signin", **changes: Any) -> httpx.Response:
        uri = await self.leave(browser, page)
        return await self.come_back(browser, self.provider.authorize(uri, **changes))

    async def is_signed_in(self, browser: Browser) -> bool:
        return bool((await browser.open("/board")).url.path == "/board")
