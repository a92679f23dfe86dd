"""Tokens that are deleted here before the server has revoked them."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from pairgrant.device import Device
from pairgrant.session.pending_revocations import LONGEST_KEPT, PendingRevocations, pending_revocations
from pairgrant.session.stored_tokens import StoredTokens
from pairgrant.session.token_store import FileTokenStore
from pairgrant.sign_in.revoking import revoke_pending
from pairgrant_protocol.secret import Secret
from tests.device.manual_clock import ManualClock
from tests.device.simulated_server import CLIENT_ID, ISSUER, SimulatedServer


@pytest.fixture
def pending(store: FileTokenStore, manual_clock: ManualClock) -> PendingRevocations:
    return opened(store, manual_clock)


def opened(store: FileTokenStore, manual_clock: ManualClock) -> PendingRevocations:
    return pending_revocations(store, manual_clock.clock, issuer=ISSUER, client_id=CLIENT_ID)


def files(store: FileTokenStore) -> list[Path]:
    return [path for path in Path(store.location).parent.iterdir() if path.suffix == ".json"]


async def test_tokens_move_into_a_private_file_that_a_restart_finds(
    store: FileTokenStore,
    manual_clock: ManualClock,
    pending: PendingRevocations,
    stored: Callable[..., StoredTokens],
    keep: Callable[[StoredTokens], None],
) -> None:
    keep(stored())
    await pending.take(store, stored())
    assert store.load() is None
    (file,) = files(store)
    assert file.stat().st_mode & 0o777 == 0o600
    (one,) = opened(store, manual_clock).load()
    assert one.token.reveal() == "refresh-0"
    assert "refresh-0" not in repr(one)


async def test_tokens_of_a_later_sign_in_stay(
    store: FileTokenStore,
    pending: PendingRevocations,
    stored: Callable[..., StoredTokens],
    keep: Callable[[StoredTokens], None],
) -> None:
    keep(stored(signed_in_at=2.0, refresh_token=Secret("refresh-9")))
    await pending.take(store, stored(signed_in_at=1.0))
    assert store.load() is not None
    assert [one.token.reveal() for one in pending.load()] == ["refresh-0"]


async def test_they_are_revoked_as_soon_as_the_server_can_be_reached(
    *,
    server: SimulatedServer,
    device: Device,
    store: FileTokenStore,
    manual_clock: ManualClock,
    pending: PendingRevocations,
    stored: Callable[..., StoredTokens],
    keep: Callable[[StoredTokens], None],
) -> None:
    keep(stored())
    await pending.take(store, stored())
    server.on("/revoke", server.fails(httpx.ConnectError), server.says(b"", 503), server.says({}))
    work = asyncio.create_task(revoke_pending(device, pending))
    await manual_clock.pass_time(4)
    assert not work.done()
    assert len(pending.load()) == 1
    await manual_clock.pass_time(30)
    await work
    assert [form["token"] for form in server.forms("/revoke")] == ["refresh-0"] * 3
    assert files(store) == []


async def test_expired_ones_are_forgotten(
    *,
    server: SimulatedServer,
    device: Device,
    store: FileTokenStore,
    manual_clock: ManualClock,
    pending: PendingRevocations,
    stored: Callable[..., StoredTokens],
) -> None:
    await pending.take(store, stored(refresh_token=None))
    await pending.take(store, stored())
    manual_clock.unix += 601
    assert [one.token_type_hint for one in pending.load()] == ["refresh_token"]
    manual_clock.unix += LONGEST_KEPT
    await revoke_pending(device, pending)
    assert server.forms("/revoke") == []


async def test_full_disk_keeps_them_in_memory_and_the_tokens_are_deleted_all_the_same(
    *,
    server: SimulatedServer,
    device: Device,
    store: FileTokenStore,
    pending: PendingRevocations,
    stored: Callable[..., StoredTokens],
    keep: Callable[[StoredTokens], None],
    request: pytest.FixtureRequest,
) -> None:
    keep(stored())
    end = request.getfixturevalue("full_disk")
    await pending.take(store, stored())
    end()
    assert store.load() is None
    await revoke_pending(device, pending)
    assert [form["token"] for form in server.forms("/revoke")] == ["refresh-0"]
    assert pending.load() == []


async def test_file_that_is_no_record_counts_as_empty_and_is_replaced(
    store: FileTokenStore,
    manual_clock: ManualClock,
    pending: PendingRevocations,
    stored: Callable[..., StoredTokens],
) -> None:
    await pending.take(store, stored())
    (file,) = files(store)
    for body in (b"", b"{}", b'{"revocations": [{"token": 7}, 3]}', b"\xff" * 100):
        file.write_bytes(body)
        assert opened(store, manual_clock).load() == []
    await pending.take(store, replace(stored(), client_id=CLIENT_ID))
    assert len(pending.load()) == 1
