"""A sign-in by a browser on this machine, from the request to the tokens put away."""

import asyncio
import json
from base64 import urlsafe_b64encode
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest

from pairgrant.device import Device
from pairgrant.errors import (
    BrowserSignInRefusedError,
    NoAuthorizationCodeGrantError,
    RefusedByServerError,
    ServerBusyError,
    ServerFaultError,
    TokenStoreError,
)
from pairgrant.events import BrowserOpened, PairingEvent
from pairgrant.session.sign_in_session import SignInSession
from pairgrant.session.stored_tokens import StoredTokens
from pairgrant.session.token_store import FileTokenStore
from pairgrant.sign_in.browser_sign_in import BROWSER_TIMEOUT, browser_sign_in, offers_browser_sign_in
from pairgrant_protocol.polling import Denied, Expired
from pairgrant_protocol.secret import Secret
from tests.device.manual_clock import ManualClock
from tests.device.simulated_server import SimulatedServer
from tests.processes.programs import PATIENCE

Stored = Callable[..., StoredTokens]
Keep = Callable[[StoredTokens], None]

ISSUER = "https://pair.example"


class PretendBrowser:
    """Opens the address, and comes back with a response to the request."""

    def __init__(self, server: SimulatedServer, **response: str) -> None:
        self.pages: list[httpx.Response] = []
        self.asked: dict[str, str] = {}
        self._server = server
        self._response = {"code": "the-code", "iss": ISSUER, **response}
        self._going: list[asyncio.Task[None]] = []

    def __call__(self, uri: str) -> None:
        self.asked = {name: values[0] for name, values in parse_qs(urlsplit(uri).query).items()}
        claims = {"iss": ISSUER, "aud": "lobby-tv", "nonce": self.asked.get("nonce"), "sub": "1"}
        encoded = urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
        self._server.on("/token", self._server.says(self._server.tokens(id_token=f"e30.{encoded}.x")))
        self._going.append(asyncio.create_task(self._come_back()))

    async def _come_back(self) -> None:
        response = {
            "state": self.asked["state"],
            **{name: value for name, value in self._response.items() if value},
        }
        async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE) as http:
            self.pages.append(await http.get(f"{self.asked['redirect_uri']}?{urlencode(response)}"))

    async def closed(self) -> None:
        await asyncio.gather(*self._going)

    @property
    def text(self) -> str:
        return self.pages[-1].text


@pytest.fixture
def server(server: SimulatedServer) -> SimulatedServer:
    document = server.document(
        authorization_endpoint=f"{ISSUER}/authorize",
        code_challenge_methods_supported=["S256"],
        authorization_response_iss_parameter_supported=True,
    )
    server.on("/.well-known/oauth-authorization-server", server.says(document))
    return server


async def run(device: Device, browser: Callable[[str], None]) -> tuple[Any, list[PairingEvent]]:
    events: list[PairingEvent] = []
    outcome = await browser_sign_in(device, events.append, browser)
    return outcome, events


async def test_tokens_of_a_browser_sign_in_are_stored(
    server: SimulatedServer, device: Device, store: FileTokenStore
) -> None:
    browser = PretendBrowser(server)
    outcome, events = await run(device, browser)
    await browser.closed()
    assert isinstance(outcome, SignInSession)
    kept = store.load()
    assert kept is not None
    assert (kept.access_token, kept.refresh_token) == (Secret("access-1"), Secret("refresh-1"))
    assert "You are signed in" in browser.text
    assert "access-1" not in browser.text + repr(events)
    (asked,) = events
    assert isinstance(asked, BrowserOpened)
    (form,) = server.forms("/token")
    assert form == {
        "grant_type": "authorization_code",
        "client_id": "lobby-tv",
        "code": "the-code",
        "redirect_uri": browser.asked["redirect_uri"],
        "code_verifier": form["code_verifier"],
    }


async def test_older_sign_in_is_revoked(
    server: SimulatedServer, device: Device, stored: Stored, keep: Keep
) -> None:
    keep(stored())
    browser = PretendBrowser(server)
    await run(device, browser)
    await browser.closed()
    assert [form["token"] for form in server.forms("/revoke")] == ["refresh-0"]


async def test_denial_is_returned_and_shown_in_the_browser(
    server: SimulatedServer, device: Device, store: FileTokenStore
) -> None:
    browser = PretendBrowser(server, code="", error="access_denied")
    outcome, _ = await run(device, browser)
    await browser.closed()
    assert (outcome, store.load(), server.asked("/token")) == (Denied(), None, [])
    assert "Not signed in" in browser.text


@pytest.mark.parametrize(
    ("response", "raised"),
    [
        ({"iss": "https://evil.example"}, ServerFaultError),
        ({"iss": ""}, ServerFaultError),
        ({"code": ""}, ServerFaultError),
        ({"code": "", "error": "invalid_scope"}, RefusedByServerError),
        ({"code": "", "error": "temporarily_unavailable"}, ServerBusyError),
    ],
)
async def test_invalid_response_is_raised_and_shown_in_the_browser(
    server: SimulatedServer,
    device: Device,
    store: FileTokenStore,
    response: dict[str, str],
    raised: type[Exception],
) -> None:
    browser = PretendBrowser(server, **response)
    with pytest.raises(raised) as caught:
        await run(device, browser)
    await browser.closed()
    assert "Sign-in failed" in browser.text
    assert str(caught.value).split("'")[0] in browser.text.replace("&#x27;", "'")
    assert (store.load(), server.asked("/token")) == (None, [])


async def test_tokens_of_another_sign_in_are_revoked_and_not_stored(
    server: SimulatedServer, device: Device, store: FileTokenStore
) -> None:
    browser = PretendBrowser(server)

    def swapped(uri: str) -> None:
        browser(uri)
        server.on("/token", server.says(server.tokens(id_token="e30.e30.x")))

    with pytest.raises(ServerFaultError, match="another sign-in"):
        await run(device, swapped)
    await browser.closed()
    assert store.load() is None
    assert [form["token"] for form in server.forms("/revoke")] == ["refresh-1"]


async def test_refused_code_is_raised_and_shown_in_the_browser(
    server: SimulatedServer, device: Device, store: FileTokenStore
) -> None:
    browser = PretendBrowser(server)

    def refused(uri: str) -> None:
        browser(uri)
        server.on("/token", server.says({"error": "invalid_grant"}, 400))

    with pytest.raises(RefusedByServerError):
        await run(device, refused)
    await browser.closed()
    assert store.load() is None


async def test_wait_for_the_redirect_ends_after_the_timeout(
    server: SimulatedServer, device: Device, manual_clock: ManualClock, store: FileTokenStore
) -> None:
    opened = asyncio.Event()
    signing_in = asyncio.create_task(run(device, lambda _: opened.set()))
    await opened.wait()
    await manual_clock.pass_time(BROWSER_TIMEOUT + 1)
    outcome, _ = await signing_in
    assert (outcome, store.load()) == (Expired(), None)


async def test_no_browser_is_opened_if_the_server_lacks_the_grant(
    server: SimulatedServer, device: Device
) -> None:
    server.on("/.well-known/oauth-authorization-server", server.says(server.document()))
    opened: list[str] = []
    with pytest.raises(NoAuthorizationCodeGrantError, match="Use your phone with --device-code"):
        await run(device, opened.append)
    assert opened == []


async def test_no_browser_is_opened_if_tokens_cannot_be_stored(
    server: SimulatedServer, device: Device, stored: Stored, keep: Keep, store: FileTokenStore
) -> None:
    keep(stored(client_id="another"))
    opened: list[str] = []
    with pytest.raises(TokenStoreError):
        await run(device, opened.append)
    assert opened == []


class TestPushedRequest:
    """RFC 9126: a refusal is known before a browser opens."""

    @pytest.fixture
    def pushing(self, server: SimulatedServer) -> SimulatedServer:
        document = server.document(
            authorization_endpoint=f"{ISSUER}/authorize",
            code_challenge_methods_supported=["S256"],
            pushed_authorization_request_endpoint=f"{ISSUER}/par",
        )
        server.on("/.well-known/oauth-authorization-server", server.says(document))
        return server

    async def test_browser_gets_a_reference_and_no_parameter(
        self, pushing: SimulatedServer, device: Device
    ) -> None:
        pushing.on("/par", pushing.says({"request_uri": "urn:ietf:params:1", "expires_in": 60}, 201))
        opened: list[str] = []

        def stop(uri: str) -> None:
            opened.append(uri)
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            await run(device, stop)
        asked = parse_qs(urlsplit(opened[0]).query)
        assert asked == {"client_id": ["lobby-tv"], "request_uri": ["urn:ietf:params:1"]}
        (form,) = pushing.forms("/par")
        assert form.keys() >= {"client_id", "redirect_uri", "state", "code_challenge"}
        assert "request_uri" not in form

    @pytest.mark.parametrize(
        ("body", "status", "error"),
        [
            ({"error": "unauthorized_client"}, 400, BrowserSignInRefusedError),
            (
                {"error": "invalid_request"},
                400,
                BrowserSignInRefusedError,
            ),
            ({"error": "invalid_scope"}, 400, RefusedByServerError),
            ({}, 503, ServerBusyError),
            ({}, 201, ServerFaultError),
            (b"<html>", 404, ServerFaultError),
        ],
    )
    async def test_failure_is_reported_without_opening_a_browser(
        self, pushing: SimulatedServer, device: Device, body: Any, status: int, error: type[Exception]
    ) -> None:
        pushing.on("/par", pushing.says(body, status))
        opened: list[str] = []
        with pytest.raises(error) as refused:
            await run(device, opened.append)
        assert (type(refused.value), opened) == (error, [])


@pytest.mark.parametrize(
    ("changes", "is_offered"),
    [
        ({}, True),
        ({"code_challenge_methods_supported": ["plain"]}, False),
        ({"code_challenge_methods_supported": None}, False),
        ({"authorization_endpoint": None}, False),
    ],
)
async def test_browser_is_offered_only_with_an_endpoint_and_s256(
    server: SimulatedServer, device: Device, changes: dict[str, Any], is_offered: Any
) -> None:
    members = {
        "authorization_endpoint": f"{ISSUER}/authorize",
        "code_challenge_methods_supported": ["S256"],
        **changes,
    }
    server.on("/.well-known/oauth-authorization-server", server.says(server.document(**members)))
    assert await offers_browser_sign_in(device) is is_offered


async def test_unreachable_server_offers_no_browser(server: SimulatedServer, device: Device) -> None:
    for path in ("/.well-known/oauth-authorization-server", "/.well-known/openid-configuration"):
        server.on(path, server.says(b"", 503))
    assert not await offers_browser_sign_in(device)
