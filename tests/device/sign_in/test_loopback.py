"""The loopback port: one response, one small page, and nothing for other callers."""

import asyncio
import re
from contextlib import suppress
from urllib.parse import urlsplit

import pytest

from pairgrant.errors import LoopbackError
from pairgrant.sign_in.loopback import Loopback, loopback, redirect_query

HOST = "127.0.0.1:49152"


async def knock(here: Loopback, request: str | None = None, *, query: str = "state=s&code=c") -> str:
    """What comes back for a raw request; by default for the redirect itself."""
    host = urlsplit(here.redirect_uri).netloc
    reader, writer = await asyncio.open_connection("127.0.0.1", urlsplit(here.redirect_uri).port)
    raw = request or f"GET /callback?{query} HTTP/1.1\r\nHost: {host}\r\nAccept: */*\r\n\r\n"
    writer.write(raw.encode("latin-1"))
    response = await reader.read()
    writer.close()
    await writer.wait_closed()
    return response.decode()


class TestRedirect:
    async def test_redirect_is_received_and_the_page_says_how_it_ended(self) -> None:
        async with loopback() as here:
            here.is_expected = lambda query: "state=s" in query
            browser = asyncio.create_task(knock(here))
            assert await here.response == "state=s&code=c"
            await here.show("You are signed in", "Go back & close <this>.")
            page = await browser
        assert page.startswith("HTTP/1.1 200 OK\r\n")
        assert "Go back &amp; close &lt;this&gt;." in page
        assert "script" not in page
        assert "code=c" not in page
        policy = re.search(r"Content-Security-Policy: (.*)\r\n", page)
        assert policy is not None
        assert policy[1].startswith("default-src 'none'; style-src 'sha256-")
        for header in ("Cache-Control: no-store", "Referrer-Policy: no-referrer", "Connection: close"):
            assert f"{header}\r\n" in page

    async def test_unexpected_redirect_is_refused(self) -> None:
        async with loopback() as here:
            here.is_expected = lambda query: "state=s" in query
            page = await knock(here, query="state=forged&error=access_denied")
            assert page.startswith("HTTP/1.1 400 ")
            assert not here.response.done()

    async def test_redirect_before_the_request_is_refused(self) -> None:
        async with loopback() as here:
            assert (await knock(here)).startswith("HTTP/1.1 400 ")

    async def test_second_redirect_is_refused(self) -> None:
        async with loopback() as here:
            here.is_expected = lambda _: True
            browser = asyncio.create_task(knock(here))
            await here.response
            assert (await knock(here)).startswith("HTTP/1.1 400 ")
            await here.show("Done", "")
            await browser

    async def test_closed_browser_does_not_block(self) -> None:
        async with loopback() as here:
            here.is_expected = lambda _: True
            host = urlsplit(here.redirect_uri).netloc
            _, writer = await asyncio.open_connection("127.0.0.1", urlsplit(here.redirect_uri).port)
            writer.write(f"GET /callback?state=s HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
            await here.response
            writer.transport.abort()
            await here.show("Done", "")

    async def test_open_connections_are_closed_at_the_end(self) -> None:
        async with loopback() as here:
            reader, writer = await asyncio.open_connection("127.0.0.1", urlsplit(here.redirect_uri).port)
            writer.write(b"GET /call")
            await asyncio.sleep(0)
        with suppress(ConnectionResetError):
            assert await reader.read() == b""
        writer.close()

    async def test_every_loopback_has_its_own_port_on_127_0_0_1(self) -> None:
        async with loopback() as one, loopback() as other:
            assert one.redirect_uri != other.redirect_uri
            assert re.fullmatch(r"http://127\.0\.0\.1:[0-9]+/callback", one.redirect_uri)

    async def test_port_that_cannot_be_opened_is_reported(self, monkeypatch: pytest.MonkeyPatch) -> None:
        async def refuse(*_: object, **__: object) -> None:
            raise OSError(99, "Cannot assign requested address")

        monkeypatch.setattr(asyncio, "start_server", refuse)
        with pytest.raises(LoopbackError, match="--browser"):
            async with loopback():
                pass


class TestStrangers:
    @pytest.mark.parametrize(
        "request_line",
        [
            "POST /callback?state=s",
            "GET /",
            "GET /callback/x?state=s",
            "GET //callback?state=s",
            "HEAD /callback",
        ],
    )
    async def test_other_paths_are_not_found(self, request_line: str) -> None:
        async with loopback() as here:
            here.is_expected = lambda _: True
            host = urlsplit(here.redirect_uri).netloc
            page = await knock(here, f"{request_line} HTTP/1.1\r\nHost: {host}\r\n\r\n")
            assert page.startswith("HTTP/1.1 404 ")
            assert not here.response.done()

    @pytest.mark.parametrize(
        "head",
        [
            "GET /callback?state=s HTTP/1.1\r\nHost: evil.example\r\n\r\n",
            "GET /callback?state=s HTTP/1.1\r\n\r\n",
            f"GET /callback?state=s HTTP/1.1\r\nHost: {HOST}\r\nHost: {HOST}\r\n\r\n",
            f"GET /callback?state=\xff HTTP/1.1\r\nHost: {HOST}\r\n\r\n",
            f"GET /callback?state=s\r\nHost: {HOST}\r\n\r\n",
            "\r\n\r\n",
        ],
    )
    def test_other_host_or_protocol_is_no_redirect(self, head: str) -> None:
        assert redirect_query(head.encode("latin-1"), HOST) is None

    async def test_endless_request_is_cut_off(self) -> None:
        async with loopback() as here:
            assert await knock(here, "GET /callback?" + "x" * 40_000) == ""
