"""Devices and grants that are read together with the state of their account."""

from dataclasses import replace
from typing import Any

from pairgrant_protocol.device_grant import GrantStatus
from pairgrant_protocol.sign_in_end import EndedBy
from pairgrant_server.authorization_server.model.polled_grant import DecidedGrant
from pairgrant_server.authorization_server.model.records import DeviceGrant
from pairgrant_server.authorization_server.store.interface.store import Store
from pairgrant_server.authorization_server.store.sql.rows import (
    DECIDED_GRANT_COLUMNS,
    REFRESHED_DEVICE_COLUMNS,
)
from tests.store.sample_records import ALICE, DEVICE, NOW
from tests.store.test_contract import GRANT
from tests.store.test_device_grant_contract import grant_with


class TestDevice:
    async def test_device_of_a_usable_account(self, store: Store) -> None:
        await grant_with(store, GrantStatus.REDEEMED)
        found = await store.refreshed_device(DEVICE.device_id)
        device = await store.connected_device(DEVICE.device_id)
        assert found == (*[getattr(device, name) for name in REFRESHED_DEVICE_COLUMNS], True)

    async def test_account_that_is_locked_is_seen_by_the_next_read(self, store: Store) -> None:
        await grant_with(store, GrantStatus.REDEEMED)
        assert await store.set_user_locked(ALICE.user_id, locked=True)
        found = await store.refreshed_device(DEVICE.device_id)
        assert found is not None
        assert not found.is_account_usable

    async def test_unknown_device(self, store: Store) -> None:
        assert await store.refreshed_device("0" * 32) is None
        assert await store.refreshed_device("\ud800") is None
        assert await store.refreshed_device("a\0b") is None


class TestTokenHolder:
    async def test_holder_has_the_account_and_the_ends_of_its_device(self, store: Store) -> None:
        await grant_with(store, GrantStatus.REDEEMED)
        found = await store.token_holder(DEVICE.device_id)
        ends = (DEVICE.expires_at, DEVICE.revoked_at, DEVICE.confirm_by, DEVICE.remove_at)
        assert found == (DEVICE.device_id, ALICE.username, False, *ends)
        assert found is not None
        assert found.is_locked is False

    async def test_lock_is_seen_by_the_next_read(self, store: Store) -> None:
        await grant_with(store, GrantStatus.REDEEMED)
        assert await store.set_user_locked(ALICE.user_id, locked=True)
        found = await store.token_holder(DEVICE.device_id)
        assert found is not None
        assert found.is_locked is True

    async def test_revocation_is_seen_by_the_next_read(self, store: Store) -> None:
        await grant_with(store, GrantStatus.REDEEMED)
        assert await store.revoke_device(DEVICE.device_id, NOW, EndedBy.USER)
        found = await store.token_holder(DEVICE.device_id)
        assert found is not None
        assert found.revoked_at == NOW

    async def test_unknown_device_has_no_holder(self, store: Store) -> None:
        assert await store.token_holder("0" * 32) is None
        assert await store.token_holder("\ud800") is None
        assert await store.token_holder("a\0b") is None


def decided(grant: DeviceGrant | None, *, is_account_usable: bool) -> DecidedGrant:
    """What a poll reads of ``grant``."""
    members: dict[str, Any] = {name: getattr(grant, name) for name in DECIDED_GRANT_COLUMNS}
    return DecidedGrant(**members, is_account_usable=is_account_usable)


class TestGrant:
    async def test_approved_grant_of_a_usable_account(self, store: Store) -> None:
        await grant_with(store, GrantStatus.APPROVED)
        found = await store.decided_grant(GRANT.grant_id)
        assert found == decided(await store.grant(GRANT.grant_id), is_account_usable=True)

    async def test_redeemed_grant_has_what_its_redemption_stored(self, store: Store) -> None:
        await grant_with(store, GrantStatus.REDEEMED)
        found = await store.decided_grant(GRANT.grant_id)
        assert found == decided(await store.grant(GRANT.grant_id), is_account_usable=True)
        assert found is not None
        assert None not in {found.connected_device_id, found.redeemed_at, found.replay}

    async def test_account_that_is_locked_is_seen_by_the_next_read(self, store: Store) -> None:
        await grant_with(store, GrantStatus.APPROVED)
        assert await store.set_user_locked(ALICE.user_id, locked=True)
        found = await store.decided_grant(GRANT.grant_id)
        assert found is not None
        assert not found.is_account_usable

    async def test_pending_grant_has_no_usable_account(self, store: Store) -> None:
        grant = await grant_with(store, GrantStatus.PENDING)
        assert await store.decided_grant(GRANT.grant_id) == decided(
            replace(grant, user_id=None), is_account_usable=False
        )

    async def test_unknown_grant(self, store: Store) -> None:
        assert await store.decided_grant(b"unknown") is None
