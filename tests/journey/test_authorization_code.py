"""A program signs a person in with a real browser: RFC 6749 §4.1 with PKCE, OpenID Connect, loopback."""

import asyncio
import secrets
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet
from playwright.async_api import Browser, ConsoleMessage, Page, expect

from tests.journey.service import Service
from tests.tabs import close, new_context, new_tab

PASSWORD = "correct horse battery"
SECRET = "the secret of a web application"
PATIENCE = 120.0


def hashed(text: str) -> str:
    return urlsafe_b64encode(sha256(text.encode()).digest()).decode().rstrip("=")


@dataclass
class Program:
    """The client's side: it listens, makes the link, and redeems what comes back."""

    issuer: str
    client_id: str
    secret: str | None
    host: str = "127.0.0.1"
    sends_on_to: str | None = None
    """Where its callback leads a browser to, as that of a real application does."""
    port: int = 0
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(48))
    state: str = field(default_factory=lambda: secrets.token_urlsafe(12))
    nonce: str = field(default_factory=lambda: secrets.token_urlsafe(12))
    callbacks: list[dict[str, str]] = field(default_factory=list)
    came: asyncio.Event = field(default_factory=asyncio.Event)
    server: asyncio.Server | None = None

    @property
    def redirect_uri(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}/callback"

    async def listen(self) -> None:
        self.server = await asyncio.start_server(self._answer, self.host, 0)
        self.port = self.server.sockets[0].getsockname()[1]

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        target = urlsplit(head.split(" ")[1])
        if target.path == "/callback":
            self.callbacks.append(dict(parse_qsl(target.query)))
            self.came.set()
        body = b"<!doctype html><title>Back</title><link rel=icon href=data:,><h1>You are back.</h1>"
        response = b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\n"
        if target.path == "/callback" and self.sends_on_to is not None:
            response = f"HTTP/1.1 303 See Other\r\nlocation: {self.sends_on_to}\r\n".encode()
        writer.write(response + b"connection: close\r\ncontent-length: %d\r\n\r\n" % len(body) + body)
        await writer.drain()
        writer.close()

    def link(self, **changes: str) -> str:
        parameters = {
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "response_type": "code",
            "scope": "openid profile offline_access",
            "state": self.state,
            "nonce": self.nonce,
            "code_challenge": hashed(self.verifier),
            "code_challenge_method": "S256",
            **changes,
        }
        return f"{self.issuer}/authorize?{urlencode(parameters)}"

    async def response(self) -> dict[str, str]:
        """What the browser brought back; it is checked as a careful client does (RFC 9207 §2.4)."""
        async with asyncio.timeout(PATIENCE):
            await self.came.wait()
        told = self.callbacks[-1]
        assert (told["iss"], told["state"]) == (self.issuer, self.state)
        return told

    async def redeem(self, code: str) -> dict[str, Any]:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.redirect_uri,
            "code_verifier": self.verifier,
            "client_id": self.client_id,
            **({} if self.secret is None else {"client_secret": self.secret}),
        }
        async with httpx.AsyncClient(trust_env=False, base_url=self.issuer, timeout=PATIENCE) as http:
            response = await http.post("/token", data=form)
            assert response.status_code == 200, response.text
            tokens: dict[str, Any] = response.json()
            keys = KeySet.import_key_set((await http.get("/jwks")).json())
            tokens["claims"] = jwt.decode(tokens["id_token"], keys).claims
            bearer = {"authorization": f"Bearer {tokens['access_token']}"}
            tokens["userinfo"] = (await http.get("/userinfo", headers=bearer)).json()
        return tokens


MakeProgram = Callable[..., Any]


CLIENTS = """
[client.native]
name = "Notes"
grant_types = ["authorization_code", "refresh_token"]
scope = "openid profile email offline_access board:read"
redirect_uris = ["http://127.0.0.1/callback", "http://[::1]/callback", "com.example.notes:/callback"]

[client.web]
name = "Board on the web"
grant_types = ["authorization_code", "refresh_token"]
scope = "openid profile email offline_access board:read"
redirect_uris = ["http://127.0.0.1/callback"]
post_logout_redirect_uris = ["http://127.0.0.1:{port}/bye"]
secret_file = "web.secret"
"""


@pytest.fixture
async def program(service: Service, tmp_path: Path) -> AsyncIterator[MakeProgram]:
    """Starts a program: ``native`` is public, ``web`` has a secret, and both come back to this machine."""
    web = Program(service.url, "web", SECRET)
    await web.listen()
    programs = [web]
    (tmp_path / "web.secret").write_text(SECRET)
    (tmp_path / "clients.toml").write_text(CLIENTS.format(port=web.port))
    applied = service.command("apply", str(tmp_path / "clients.toml"))
    assert applied.returncode == 0, applied

    async def start(client_id: str = "web", **options: Any) -> Program:
        if client_id == "web" and not options:
            return web
        started = Program(service.url, client_id, SECRET if client_id == "web" else None, **options)
        await started.listen()
        programs.append(started)
        return started

    yield start
    for started in programs:
        assert started.server is not None
        started.server.close()


@pytest.fixture
async def tab(browser: Browser) -> AsyncIterator[Callable[..., Any]]:
    """Opens a tab; what its console complains about (a policy that blocks, above all) fails the test."""
    complaints: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            complaints.append(message.text)

    async with AsyncExitStack() as closing:

        async def open_one(*, javascript: bool = True) -> Page:
            context = await new_context(
                browser, viewport={"width": 360, "height": 740}, java_script_enabled=javascript
            )
            closing.push_async_callback(close, context)
            page = await new_tab(context)
            page.on("console", note)
            return page

        yield open_one
    assert complaints == []


async def sign_in(page: Page) -> None:
    await page.get_by_label("Username").fill("alice")
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Sign in").click()


async def approve(page: Page, link: str) -> None:
    """The whole way of someone who is not signed in yet."""
    await page.goto(link)
    await sign_in(page)
    await page.get_by_role("button", name="Approve").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("You are back.")


class TestLoopback:
    """RFC 8252 §7.3."""

    @pytest.mark.parametrize(
        ("host", "javascript"), [("127.0.0.1", True), ("::1", False)], ids=["javascript", "no-javascript"]
    )
    async def test_program_signs_a_person_in_and_learns_the_name(
        self, service: Service, program: MakeProgram, tab: Any, host: str, *, javascript: bool
    ) -> None:
        native = await program("native", host=host)
        page = await tab(javascript=javascript)
        await page.goto(native.link(login_hint="alice"))
        await expect(page.get_by_role("heading", level=1)).to_have_text("Sign in to continue")
        await expect(page.get_by_label("Username")).to_have_value("alice")
        await sign_in(page)
        await expect(page.get_by_role("heading", level=1)).to_have_text("Allow this application?")
        await expect(page.get_by_text("a program on this device")).to_be_visible()
        await page.get_by_role("button", name="Approve").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("You are back.")
        told = await native.response()
        tokens = await native.redeem(told["code"])
        claims = tokens["claims"]
        assert (claims["iss"], claims["aud"], claims["nonce"]) == (service.url, "native", native.nonce)
        half = sha256(tokens["access_token"].encode()).digest()[:16]
        assert claims["at_hash"] == urlsafe_b64encode(half).decode().rstrip("=")
        assert tokens["userinfo"] == {
            "sub": claims["sub"],
            "name": "Alice Liddell",
            "preferred_username": "alice",
        }
        for secret in (told["code"], native.state, native.verifier, native.nonce, "request="):
            assert secret not in service.log

    async def test_denial_is_returned_to_the_program(self, program: MakeProgram, tab: Any) -> None:
        native = await program("native")
        page = await tab()
        await page.goto(native.link())
        await sign_in(page)
        await page.get_by_role("button", name="Deny").click()
        assert (await native.response())["error"] == "access_denied"

    async def test_double_tap_on_approve_issues_one_code(self, program: MakeProgram, tab: Any) -> None:
        native = await program("native")
        page = await tab()
        await page.goto(native.link())
        await sign_in(page)
        await page.get_by_role("button", name="Approve").dblclick(no_wait_after=True)
        await expect(page.get_by_role("heading", level=1)).to_have_text("You are back.")
        assert len({told["code"] for told in native.callbacks}) == 1


class TestWherePoliciesMightBlock:
    async def test_application_may_redirect_the_browser_to_another_host(
        self, program: MakeProgram, tab: Any
    ) -> None:
        """Chromium holds the redirects of the application to the policy of our page, too."""
        other = await program()
        web = await program(sends_on_to=f"http://localhost:{other.port}/home")
        page = await tab()
        await approve(page, web.link())
        assert urlsplit(page.url).hostname == "localhost"

    async def test_sign_in_without_consent_redirects_straight_back(
        self, program: MakeProgram, tab: Any
    ) -> None:
        web = await program()
        page = await tab()
        await approve(page, web.link())
        before = len(web.callbacks)
        await page.goto(web.link(prompt="login"))
        await sign_in(page)
        await expect(page.get_by_role("heading", level=1)).to_have_text("You are back.")
        assert "code" in web.callbacks[before]

    async def test_redirect_to_a_private_use_scheme_is_not_blocked(
        self, program: MakeProgram, tab: Any
    ) -> None:
        """RFC 8252 §7.1; no app is installed here, so it ends where the browser looks for one."""
        native = await program("native")
        page = await tab()
        await page.goto(native.link(redirect_uri="com.example.notes:/callback"))
        await sign_in(page)
        await expect(page.get_by_text("an app on this device (com.example.notes)")).to_be_visible()
        async with page.expect_request("com.example.notes:/callback?**") as asked:
            await page.get_by_role("button", name="Approve").click(no_wait_after=True)
        told = dict(parse_qsl(urlsplit((await asked.value).url).query))
        assert told.keys() == {"code", "state", "iss"}


class TestSignOut:
    """OpenID Connect RP-Initiated Logout 1.0."""

    @pytest.mark.parametrize("javascript", [True, False], ids=["javascript", "no-javascript"])
    async def test_application_signs_the_person_out_and_gets_the_browser_back(
        self, service: Service, program: MakeProgram, tab: Any, *, javascript: bool
    ) -> None:
        web = await program()
        page = await tab(javascript=javascript)
        await approve(page, web.link())
        tokens = await web.redeem((await web.response())["code"])
        back = f"http://127.0.0.1:{web.port}/bye"
        asked = {"id_token_hint": tokens["id_token"], "post_logout_redirect_uri": back, "state": "bye"}
        await page.goto(f"{service.url}/logout?{urlencode(asked)}", wait_until="commit")
        if not javascript:
            await page.get_by_role("button", name="Sign out").click()
        await page.wait_for_url(f"{back}?state=bye")
        await page.goto(f"{service.url}/devices")
        await expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
