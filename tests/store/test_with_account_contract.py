"""Devices and grants that are read together with the state of their account."""

import pytest

from pairgrant_protocol.device_grant import GrantStatus
from pairgrant_protocol.sign_in_end import EndedBy
from pairgrant_server.authorization_server.model.approval_hold import ApprovalHold
from pairgrant_server.authorization_server.model.polled_grant import RedeemedGrant
from pairgrant_server.authorization_server.store.interface.store import Store
from pairgrant_server.authorization_server.store.sql.rows import (
    APPROVED_GRANT_COLUMNS,
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


class TestApprovedGrant:
    async def test_poll_reads_with_an_approved_grant_what_becomes_its_tokens(self, store: Store) -> None:
        await grant_with(store, GrantStatus.APPROVED)
        grant = await store.grant(GRANT.grant_id)
        polled = await store.polled_grant(GRANT.grant_id)
        assert polled is not None
        assert polled.approved == (*[getattr(grant, name) for name in APPROVED_GRANT_COLUMNS], True)

    async def test_terms_of_an_approval_are_read_exactly(self, store: Store) -> None:
        await grant_with(store, GrantStatus.PENDING)
        at, hold = NOW + 0.123456, ApprovalHold(NOW + 7.654321, 3600, 86_400)
        assert await store.decide_grant(
            GRANT.grant_id, GrantStatus.APPROVED, ALICE.user_id, at, NOW, scope=("a", 'b"'), hold=hold
        )
        polled = await store.polled_grant(GRANT.grant_id)
        assert polled is not None
        assert polled.approved is not None
        assert polled.approved.scope == ("a", 'b"')
        assert polled.approved.auth_time == at
        assert polled.approved[6:9] == hold

    async def test_account_that_is_locked_is_seen_by_the_next_poll(self, store: Store) -> None:
        await grant_with(store, GrantStatus.APPROVED)
        assert await store.set_user_locked(ALICE.user_id, locked=True)
        polled = await store.polled_grant(GRANT.grant_id)
        assert polled is not None
        assert polled.approved is not None
        assert not polled.approved.is_account_usable

    @pytest.mark.parametrize("status", [GrantStatus.PENDING, GrantStatus.DENIED, GrantStatus.REDEEMED])
    async def test_grant_that_is_not_approved_is_read_without_its_terms(
        self, store: Store, status: GrantStatus
    ) -> None:
        await grant_with(store, status)
        polled = await store.polled_grant(GRANT.grant_id)
        assert polled is not None
        assert polled.approved is None


class TestRedeemedGrant:
    async def test_redeemed_grant_has_what_its_redemption_stored(self, store: Store) -> None:
        await grant_with(store, GrantStatus.REDEEMED)
        assert await store.redeemed_grant(GRANT.grant_id) == RedeemedGrant(DEVICE.device_id, NOW, b"response")

    async def test_unknown_grant(self, store: Store) -> None:
        assert await store.redeemed_grant(b"unknown") is None
