"""Real devices: the pairing and the HTTP client that ``pairgrant login`` has, over real sockets."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx

from benchmarks.subjects.subject import CLIENT_ID
from pairgrant.oauth.oauth_client import OAuthClient
from pairgrant.oauth.transport import Transport, http_client
from pairgrant.sign_in.pairing import PairingServer
from pairgrant_protocol.messages import DeviceAuthorizationRequest, DeviceAuthorizationResponse
from pairgrant_protocol.polling import PollResult
from pairgrant_protocol.secret import Secret
from pairgrant_protocol.vocabulary import PairingStage

REQUEST = DeviceAuthorizationRequest(CLIENT_ID, ("offline_access", "board:read"), "Benchmark")


@dataclass
class Device:
    """``requests`` counts all requests of the device, discovery included; ``polls`` only token requests."""

    server: PairingServer
    requests: int = 0
    polls: int = 0

    async def count(self, request: httpx.Request) -> None:
        self.requests += 1
        self.polls += request.url.path == "/token"


@dataclass(frozen=True)
class _WithoutChannel:
    """The same client, except that it never prefers to wait."""

    client: OAuthClient

    async def authorize_device(self, request: DeviceAuthorizationRequest) -> DeviceAuthorizationResponse:
        return await self.client.authorize_device(request)

    async def poll(
        self,
        device_code: Secret,
        known_stage: PairingStage,
        *,
        held_for: float,
        ends_in: float,
        return_pin: Secret | None = None,
    ) -> PollResult:
        del held_for
        return await self.client.poll(device_code, known_stage, ends_in=ends_in, return_pin=return_pin)

    def cancel(self, device_code: Secret) -> None:
        self.client.cancel(device_code)


@asynccontextmanager
async def device(issuer: str, *, with_channel: bool) -> AsyncIterator[Device]:
    async with http_client(user_agent="pairgrant-benchmark") as http:
        client = OAuthClient(Transport(http), issuer=issuer, client_id=CLIENT_ID)
        made = Device(client if with_channel else _WithoutChannel(client))
        http.event_hooks = {"request": [made.count]}
        yield made
