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
    events: list[PairingEvent] = []
    signing_in = asyncio.create_task(device_sign_in(device, events.append))
    await manual_clock.pass_time(6)
    return await signing_in, events


async def test_tokens_of_an_approved_pairing_are_stored(
    server: SimulatedServer, device: Device, manual_clock: ManualClock, store: FileTokenStore
) -> None:
    server.on("/token", server.says(server.tokens(scope=None)))
    outcome, _ = await run(device, manual_clock)
    assert isinstance(outcome, SignInSession)
    kept = store.load()
    assert kept is not None
    assert (kept.access_token, kept.scope) == (Secret("access-1"), device.settings.scope)


async def test_no_code_is_requested_if_tokens_could_not_be_stored(
    server: SimulatedServer, device: Device, full_disk: Callable[[], None]
) -> None:
    with pytest.raises(TokenStoreError, match="can't be written"):
        await device_sign_in(device, lambda _: None)
    full_disk()
    assert server.asked("/device_authorization") == []


async def test_denied_pairing_stores_nothing(
    server: SimulatedServer, device: Device, manual_clock: ManualClock, store: FileTokenStore
) -> None:
    server.on("/token", server.says({"error": "access_denied"}, 400))
    outcome, _ = await run(device, manual_clock)
    assert (outcome, store.load()) == (Denied(), None)


async def test_older_sign_in_is_revoked_after_the_new_one_is_stored(
    server: SimulatedServer, device: Device, manual_clock: ManualClock, stored: Stored, keep: Keep
) -> None:
    keep(stored())
    server.on("/token", server.says(server.tokens()))
    await run(device, manual_clock)
    assert [form["token"] for form in server.forms("/revoke")] == ["refresh-0"]


async def test_older_sign_in_is_kept_if_the_pairing_is_denied(
    server: SimulatedServer, device: Device, manual_clock: ManualClock, stored: Stored, keep: Keep
) -> None:
    keep(stored())
    server.on("/token", server.says({"error": "access_denied"}, 400))
    await run(device, manual_clock)
    assert (server.forms("/revoke"), device.store.load()) == ([], stored())


async def test_failed_revocation_of_the_older_sign_in_is_ignored(
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


async def test_unusable_store_is_reported_before_a_code_is_requested(
    server: SimulatedServer, device: Device, store: FileTokenStore
) -> None:
    spoil(store)
    with pytest.raises(TokenStoreError):
        await device_sign_in(device, lambda event: None)
    assert server.requests == []


async def test_tokens_that_cannot_be_stored_are_revoked(
    server: SimulatedServer, device: Device, manual_clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    server.on("/token", server.says(server.tokens()))
    with pytest.raises(TokenStoreError, match="no space"):
        await run(device, manual_clock)
    assert [form["token"] for form in server.forms("/revoke")] == ["refresh-1"]


async def test_tokens_that_are_left_before_they_are_stored_are_revoked(
    server: SimulatedServer, device: Device, manual_clock: ManualClock, store: FileTokenStore
) -> None:
    """Another process holds the lock while the person leaves: the phone would list an empty device."""
    server.on("/token", server.pending())
    signing_in = asyncio.create_task(device_sign_in(device, lambda _: None))
    await manual_clock.pass_time(6)
    other = store.try_lock()
    assert other is not None
    server.on("/token", server.says(server.tokens()))
    await manual_clock.pass_time(6)
    signing_in.cancel()
    await asyncio.wait([signing_in])
    await device.oauth_client.leaving.settle()
    other.release()
    assert [form["token"] for form in server.forms("/revoke")] == ["refresh-1"]
    assert store.load() is None


@pytest.mark.parametrize(
    "issuer", ["http://192.168.1.20:8628", "http://pair.example", "http://127.evil.example"]
)
def test_plain_http_over_a_network_causes_a_warning(issuer: str) -> None:
    """RFC 8628 §3.1 asks for TLS."""
    assert "not encrypted" in str(plain_http_warning(issuer))


@pytest.mark.parametrize(
    "issuer", ["https://pair.example", "http://127.0.0.1:8628", "http://localhost:1", "http://[::1]:8628"]
)
def test_https_and_loopback_cause_no_warning(issuer: str) -> None:
    assert plain_http_warning(issuer) is None


async def test_warning_is_announced_once_before_the_code(
    server: SimulatedServer, device: Device, manual_clock: ManualClock
) -> None:
    server.issuer = "http://pair.example"
    for path in ("/.well-known/oauth-authorization-server", "/.well-known/openid-configuration"):
        server.on(path, server.says(server.document()))
    server.on("/token", server.says({"error": "access_denied"}, 400))
    plain = Device(
        settings=type(device.settings).checked(issuer="http://pair.example"),
        transport=device.transport,
        oauth_client=type(device.oauth_client)(
            device.transport, issuer="http://pair.example", client_id="lobby-tv"
        ),
        store=device.store,
        clock=device.clock,
    )
    _, events = await run(plain, manual_clock)
    assert [type(event) for event in events].count(WarningIssued) == 1
    assert isinstance(events[0], WarningIssued)
