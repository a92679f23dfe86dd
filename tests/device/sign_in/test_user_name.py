"""The name for the greeting: its failure never costs a sign-in that is complete."""

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from pairgrant.device import Device
from pairgrant.session.sign_in_session import SignInSession
from pairgrant.session.stored_tokens import StoredTokens
from pairgrant.sign_in.user_name import user_name
from tests.device.simulated_server import Reply, SimulatedServer, fails, says


@pytest.fixture
def session(
    device: Device, stored: Callable[..., StoredTokens], keep: Callable[[StoredTokens], None]
) -> SignInSession:
    keep(stored())
    session = device.stored_session()
    assert session is not None
    return session


async def test_name_is_that_of_the_userinfo_endpoint(device: Device, session: SignInSession) -> None:
    assert await user_name(device, session) == "Ada Lovelace"


@pytest.mark.parametrize(
    "reply",
    [
        says({}, 401),
        says({}, 403),
        says(b"", 503),
        says(b"not JSON"),
        says({"sub": "1", "name": 5}),
        says({"sub": "1"}),
        fails(httpx.ConnectError),
    ],
)
async def test_failed_userinfo_keeps_the_sign_in_and_gives_no_name(
    server: SimulatedServer, device: Device, session: SignInSession, reply: Reply
) -> None:
    server.on("/userinfo", reply)

    assert await user_name(device, session) is None
    assert server.asked("/token") == []  # a refresh after a rejection could end the sign-in
    assert device.stored_session() is not None


async def test_server_that_never_responds_is_not_waited_for(
    device: Device, session: SignInSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(_token: Any) -> Any:
        await asyncio.Event().wait()

    monkeypatch.setattr(device.oauth_client, "userinfo", never)

    assert await user_name(device, session, patience=0) is None
