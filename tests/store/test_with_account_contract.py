"""Devices and grants that are read together with the state of their account."""

from dataclasses import replace

from pairgrant_protocol.device_grant import GrantStatus
from pairgrant_server.authorization_server.store.interface.store import Store
from tests.store.sample_records import ALICE, DEVICE
from tests.store.test_contract import GRANT
from tests.store.test_device_grant_contract import grant_with


class TestDevice:
    async def test_device_of_a_usable_account(self, store: Store) -> None:
        await grant_with(store, GrantStatus.REDEEMED)
        found = await store.device_with_account(DEVICE.device_id)
        assert found is not None
        assert found == (await store.connected_device(DEVICE.device_id), True)

    async def test_account_that_is_locked_is_seen_by_the_next_read(self, store: Store) -> None:
        await grant_with(store, GrantStatus.REDEEMED)
        assert await store.set_user_locked(ALICE.user_id, locked=True)
        found = await store.device_with_account(DEVICE.device_id)
        assert found is not None
        assert not found.is_account_usable

    async def test_unknown_device(self, store: Store) -> None:
        assert await store.device_with_account("0" * 32) is None
        assert await store.device_with_account("\ud800") is None
        assert await store.device_with_account("a\0b") is None


class TestGrant:
    async def test_approved_grant_of_a_usable_account(self, store: Store) -> None:
        await grant_with(store, GrantStatus.APPROVED)
        found = await store.grant_with_account(GRANT.grant_id)
        assert found == (await store.grant(GRANT.grant_id), True)

    async def test_account_that_is_locked_is_seen_by_the_next_read(self, store: Store) -> None:
        await grant_with(store, GrantStatus.APPROVED)
        assert await store.set_user_locked(ALICE.user_id, locked=True)
        found = await store.grant_with_account(GRANT.grant_id)
        assert found is not None
        assert not found.is_account_usable

    async def test_pending_grant_has_no_usable_account(self, store: Store) -> None:
        grant = await grant_with(store, GrantStatus.PENDING)
        assert await store.grant_with_account(GRANT.grant_id) == (replace(grant, user_id=None), False)

    async def test_unknown_grant(self, store: Store) -> None:
        assert await store.grant_with_account(b"unknown") is None
