"""A pairing whose tokens are kept: checked before, put away after, and what was there before revoked."""

import asyncio
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pairgrant.device import Device
from pairgrant.errors import TokenStoreError
from pairgrant.events import PairingEvent, WarningIssued
from pairgrant.session.sign_in_session import SignInSession
from pairgrant.session.stored_tokens import StoredTokens
from pairgrant.session.token_store import FileTokenStore
from pairgrant.sign_in.device_sign_in import device_sign_in, plain_http_warning
from pairgrant_protocol.polling import Denied
from pairgrant_protocol.secret import Secret
from tests.device.manual_clock import ManualClock
from tests.device.simulated_server import SimulatedServer

Stored = Callable[..., StoredTokens]
Keep = Callable[[StoredTokens], None]


async def run(device: Device, manual_clock: ManualClock) -> tuple[Any, list[PairingEvent]]:
    told: list[PairingEvent] = []
    signing_in = asyncio.create_task(device_sign_in(device, told.append))
    await manual_clock.pass_time(6)
    return await signing_in, told


async def test_the_tokens_of_an_approved_pairing_are_kept(
    server: SimulatedServer, device: Device, manual_clock: ManualClock, store: FileTokenStore
) -> None:
    server.on("/token", server.says(server.tokens(scope=None)))
    outcome, _ = await run(device, manual_clock)
    assert isinstance(outcome, SignInSession)
    kept = store.load()
    assert kept is not None
    assert (kept.access_token, kept.scope) == (Secret("access-1"), device.settings.scope)


async def test_nothing_is_kept_of_a_denied_one(
    server: SimulatedServer, device: Device, manual_clock: ManualClock, store: FileTokenStore
) -> None:
    server.on("/token", server.says({"error": "access_denied"}, 400))
    outcome, _ = await run(device, manual_clock)
    assert (outcome, store.load()) == (Denied(), None)


async def test_a_sign_in_that_was_there_before_is_revoked_after_the_new_one_is_kept(
    server: SimulatedServer, device: Device, manual_clock: ManualClock, stored: Stored, keep: Keep
) -> None:
    keep(stored())
    server.on("/token", server.says(server.tokens()))
    await run(device, manual_clock)
    assert [form["token"] for form in server.forms("/revoke")] == ["refresh-0"]


async def test_and_left_alone_when_nobody_approves(
    server: SimulatedServer, device: Device, manual_clock: ManualClock, stored: Stored, keep: Keep
) -> None:
    keep(stored())
    server.on("/token", server.says({"error": "access_denied"}, 400))
    await run(device, manual_clock)
    assert (server.forms("/revoke"), device.store.load()) == ([], stored())


async def test_a_server_that_will_not_revoke_the_old_one_is_no_obstacle(
    server: SimulatedServer, device: Device, manual_clock: ManualClock, stored: Stored, keep: Keep
) -> None:
    keep(stored())
    server.on("/token", server.says(server.tokens()))
    server.on("/revoke", server.says(b"", 500))
    outcome, _ = await run(device, manual_clock)
    assert isinstance(outcome, SignInSession)


def spoil(store: FileTokenStore) -> None:
    Path(store.location).parent.mkdir(mode=0o700)
    Path(store.location).mkdir()


async def test_a_place_that_keeps_nothing_is_found_out_before_anyone_approves(
    server: SimulatedServer, device: Device, store: FileTokenStore
) -> None:
    spoil(store)
    with pytest.raises(TokenStoreError):
        await device_sign_in(device, lambda event: None)
    assert server.requests == []


async def test_tokens_that_cannot_be_kept_are_revoked(
    server: SimulatedServer, device: Device, manual_clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    server.on("/token", server.says(server.tokens()))
    with pytest.raises(TokenStoreError, match="no space"):
        await run(device, manual_clock)
    assert [form["token"] for form in server.forms("/revoke")] == ["refresh-1"]


@pytest.mark.parametrize(
    "issuer", ["http://192.168.1.20:8628", "http://pair.example", "http://127.evil.example"]
)
def test_plain_http_over_a_network_is_warned_of(issuer: str) -> None:
    """RFC 8628 §3.1 asks for TLS."""
    assert "not encrypted" in str(plain_http_warning(issuer))


@pytest.mark.parametrize(
    "issuer", ["https://pair.example", "http://127.0.0.1:8628", "http://localhost:1", "http://[::1]:8628"]
)
def test_https_and_loopback_are_not(issuer: str) -> None:
    assert plain_http_warning(issuer) is None


async def test_the_warning_is_told_once_before_the_code(
    server: SimulatedServer, device: Device, manual_clock: ManualClock
) -> None:
    server.issuer = "http://pair.example"
    for path in ("/.well-known/oauth-authorization-server", "/.well-known/openid-configuration"):
        server.on(path, server.says(server.document()))
    server.on("/token", server.says({"error": "access_denied"}, 400))
    plain = Device(
        settings=type(device.settings).checked(issuer="http://pair.example"),
        transport=device.transport,
        server=type(device.server)(device.transport, issuer="http://pair.example", client_id="lobby-tv"),
        store=device.store,
        clock=device.clock,
    )
    _, told = await run(plain, manual_clock)
    assert [type(event) for event in told].count(WarningIssued) == 1
    assert isinstance(told[0], WarningIssued)
