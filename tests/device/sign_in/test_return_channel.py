"""The device prefers to wait, and believes a server that does (RFC 8628 §3.5, RFC 7240)."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import parse_qs

import httpx

from pairgrant.oauth.oauth_client import FIRST_HELD, MOST_HELD, OAuthClient
from pairgrant.oauth.transport import Transport
from pairgrant_protocol.polling import Pending, PollResult, Unreachable
from pairgrant_protocol.secret import Secret
from pairgrant_protocol.vocabulary import PairingStage

ISSUER = "https://pair.example"
PENDING = {"error": "authorization_pending", "pairing_stage": "signing_in"}


def streamed(status: int, members: dict[str, str], headers: dict[str, str] | None = None) -> httpx.Response:
    return httpx.Response(status, stream=httpx.ByteStream(json.dumps(members).encode()), headers=headers)


class HoldingServer:
    """Says that it delayed its response, and keeps the requests."""

    def __init__(self, headers: dict[str, str]) -> None:
        self._headers = headers
        self.polls: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.startswith("/.well-known/"):
            return streamed(200, {"issuer": ISSUER, "token_endpoint": f"{ISSUER}/token"})
        self.polls.append(request)
        return streamed(400, PENDING, self._headers)


@asynccontextmanager
async def client_of(server: HoldingServer | httpx.AsyncBaseTransport) -> AsyncIterator[OAuthClient]:
    transport = server if isinstance(server, httpx.AsyncBaseTransport) else httpx.MockTransport(server)
    async with httpx.AsyncClient(transport=transport) as http:
        yield OAuthClient(Transport(http), issuer=ISSUER, client_id="lobby-tv")


async def poll(
    server: HoldingServer, known_stage: PairingStage = PairingStage.WAITING, held_for: float = 500
) -> PollResult:
    async with client_of(server) as client:
        return await client.poll(Secret("device code"), known_stage, held_for=held_for)


async def test_poll_prefers_to_wait_and_names_the_known_stage() -> None:
    server = HoldingServer({})
    await poll(server, PairingStage.OPENED)
    (asked,) = server.polls
    assert asked.headers["prefer"] == f"wait={FIRST_HELD}"
    assert parse_qs(asked.content.decode())["pairing_stage"] == ["opened"]


async def test_hold_lengthens_the_timeout_only_after_the_server_has_applied_the_preference() -> None:
    server = HoldingServer({"Preference-Applied": "wait=10"})
    async with client_of(server) as client:
        for _ in range(2):
            await client.poll(Secret("device code"), held_for=500)
    first, second = server.polls
    assert FIRST_HELD < first.extensions["timeout"]["read"] <= 20
    assert second.headers["prefer"] == f"wait={MOST_HELD}"
    assert second.extensions["timeout"]["read"] > MOST_HELD


async def test_server_that_ignores_the_preference_never_lengthens_the_timeout() -> None:
    server = HoldingServer({})
    async with client_of(server) as client:
        for _ in range(2):
            await client.poll(Secret("device code"), held_for=500)
    assert [asked.extensions["timeout"]["read"] for asked in server.polls] == [20, 20]


class HangingServer(httpx.AsyncBaseTransport):
    """Answers discovery, and never a poll."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.startswith("/.well-known/"):
            return streamed(200, {"issuer": ISSUER, "token_endpoint": f"{ISSUER}/token"})
        return await asyncio.Future()


async def test_poll_is_cut_off_when_its_code_expires() -> None:
    async with client_of(HangingServer()) as client:
        await client.metadata()
        result = await client.poll(Secret("device code"), held_for=500, ends_in=0)
    assert result == Unreachable("the server didn't respond before the code expired")


async def test_poll_waits_no_longer_than_the_code_is_valid() -> None:
    server = HoldingServer({})
    await poll(server, held_for=7.9)
    await poll(server, held_for=0.9)
    assert [asked.headers.get("prefer") for asked in server.polls] == ["wait=7", None]


async def test_held_response_is_recognised() -> None:
    held = HoldingServer({"Preference-Applied": "wait=30"})
    assert await poll(held) == Pending(PairingStage.SIGNING_IN, was_held=True)


async def test_server_that_ignores_the_preference_is_polled_at_its_interval() -> None:
    assert await poll(HoldingServer({})) == Pending(PairingStage.SIGNING_IN, was_held=False)
    assert await poll(HoldingServer({"Preference-Applied": "respond-async"})) == Pending(
        PairingStage.SIGNING_IN, was_held=False
    )
