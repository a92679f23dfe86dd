"""A person with a browser, as far as the server can tell: real pages, real forms, cookies and CSRF tokens."""

import re
from types import TracebackType
from typing import Self

import httpx

from benchmarks.processes import NotMeasuredError

_INPUT = re.compile(r"<input\b[^>]*>")
_ATTRIBUTE = re.compile(r'\b(name|value)="([^"]*)"')


class Person:
    """One browser at ``origin``; ``address`` is the loopback address that it comes from."""

    def __init__(self, origin: str, address: str = "127.0.0.1") -> None:
        self.origin = origin
        transport = httpx.AsyncHTTPTransport(local_address=address)
        self.browser = httpx.AsyncClient(
            base_url=origin,
            transport=transport,
            follow_redirects=True,
            timeout=60,
            headers={"Origin": origin},
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.browser.aclose()

    async def fields(self, path: str) -> dict[str, str]:
        """What the form of a page would send by itself."""
        page = await self.browser.get(path)
        return _fields(page)

    async def enter_code(self, user_code: str) -> dict[str, str]:
        """The fields of the page that the code leads to: the sign-in."""
        form = await self.fields("/device")
        return _fields(await self.browser.post("/device", data={**form, "user_code": user_code}))

    async def sign_in(self, form: dict[str, str], name: str, password: str) -> dict[str, str]:
        """The fields of the page that the sign-in leads to: the question."""
        entered = {**form, "username": name, "password": password}
        return _fields(await self.browser.post("/signin", data=entered))

    async def approve(self, form: dict[str, str]) -> None:
        await self.browser.post("/consent", data={**form, "decision": "approve"})


def _fields(page: httpx.Response) -> dict[str, str]:
    if page.status_code != 200:
        raise NotMeasuredError(f"{page.url.path} returned {page.status_code}")
    found = (dict(_ATTRIBUTE.findall(tag)) for tag in _INPUT.findall(page.text))
    return {field["name"]: field.get("value", "") for field in found if "name" in field}
