"""Cookies with a quotation mark are none of ours; unquoting a long one would block the process."""

from http import cookies as http_cookies
from typing import Any

import pytest

from pairgrant_server.front.plain_cookies import PlainCookies
from tests.pages.site_under_test import Browser, SiteUnderTest

LONG = 'a="' + "\\\\" * 1000 + '"'


async def passed_on(*cookies: bytes) -> list[bytes]:
    seen: list[Any] = []

    async def app(scope: Any, _receive: Any, _send: Any) -> None:
        seen.append(scope)

    headers = [(b"host", b'"'), *((b"cookie", cookie) for cookie in cookies)]
    scope: Any = {"type": "websocket", "headers": headers}
    no_message: Any = None
    await PlainCookies(app)(scope, no_message, no_message)
    host, *others = seen[0]["headers"]
    assert host == (b"host", b'"')
    return [value for _, value in others]


async def test_quoted_cookies_are_left_out() -> None:
    assert await passed_on(b'a=1; b="x"; c=2', b'd="', b"e=5") == [b"a=1; c=2", b"", b"e=5"]


@pytest.mark.parametrize("path", ["/device", "/nothing", "/account"])
async def test_no_request_unquotes_a_cookie(
    site: SiteUnderTest, alices: Browser, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    unquoted: list[str] = []

    def unquote(value: str) -> str:
        unquoted.append(value)
        return value

    monkeypatch.setattr(http_cookies, "_unquote", unquote)
    page = await alices.http.get(path, headers={"cookie": f"{LONG}; __Host-pairgrant={alices.cookie}"})
    assert 'action="/signout"' in page.text
    assert unquoted
    assert not any('"' in value for value in unquoted)
