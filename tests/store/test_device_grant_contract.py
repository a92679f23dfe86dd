"""The compare-and-sets of a device grant hold the conditions of the state machine, which SQL repeats."""

import asyncio
from dataclasses import replace

import pytest

from pairgrant_protocol.device_grant import GrantStatus, can_be_cancelled, is_open
from pairgrant_protocol.poll_judgement import Fact, Judgement, PollFacts, RedemptionFacts, Verdict, judge_poll
from pairgrant_server.authorization_server.model.records import DeviceGrant
from pairgrant_server.authorization_server.store.interface.store import Store
from tests.store.sample_records import ALICE, CLIENT, DEVICE, NOW
from tests.store.test_contract import GRANT

INSTANTS = (NOW, GRANT.expires_at - 0.001, GRANT.expires_at, GRANT.expires_at + 3600)


async def grant_with(store: Store, status: GrantStatus) -> DeviceGrant:
    """The grant in the given status, brought there by the store's own transitions."""
    assert await store.add_client(CLIENT)
    assert await store.add_user(ALICE)
    assert await store.insert_grant(GRANT)
    if status is not GrantStatus.PENDING:
        decided = GrantStatus.DENIED if status is GrantStatus.DENIED else GrantStatus.APPROVED
        assert await store.decide_grant(GRANT.grant_id, decided, ALICE.user_id, NOW, NOW)
    if status is GrantStatus.REDEEMED:
        assert await store.redeem_grant(GRANT.grant_id, DEVICE, b"response", NOW)
    grant = await store.grant(GRANT.grant_id)
    assert grant is not None
    assert grant.status is status
    return grant


def is_redeemable(grant: DeviceGrant, now: float) -> bool:
    """Whether the state machine gives tokens to a poll with every right."""
    redemption = RedemptionFacts(
        NOW, is_device_active=True, is_account_usable=True, is_refreshed=False, has_response=True
    )
    poll = PollFacts(
        grant.client_id,
        code_matches=True,
        key_matches=True,
        verifier_matches=True,
        is_account_usable=True,
        redemption=redemption,
    )
    judged = judge_poll(grant, poll, now)
    assert not isinstance(judged, Fact)
    return judged == Judgement(Verdict.APPROVED)


@pytest.mark.parametrize("now", INSTANTS)
@pytest.mark.parametrize("status", GrantStatus)
async def test_store_redeems_exactly_what_the_judgement_approves(
    store: Store, status: GrantStatus, now: float
) -> None:
    grant = await grant_with(store, status)
    device = replace(DEVICE, device_id="1" * 32)

    assert await store.redeem_grant(grant.grant_id, device, b"response", now) is is_redeemable(grant, now)


async def test_approval_of_a_locked_account_is_not_redeemed_until_it_is_unlocked(store: Store) -> None:
    grant = await grant_with(store, GrantStatus.APPROVED)
    for locked in (True, False):
        assert await store.set_user_locked(ALICE.user_id, locked=locked)
        assert await store.redeem_grant(grant.grant_id, DEVICE, b"response", NOW) is not locked


@pytest.mark.parametrize("decision", [GrantStatus.APPROVED, GrantStatus.DENIED])
@pytest.mark.parametrize("now", INSTANTS)
@pytest.mark.parametrize("status", GrantStatus)
async def test_store_decides_exactly_what_is_open(
    store: Store, status: GrantStatus, now: float, decision: GrantStatus
) -> None:
    grant = await grant_with(store, status)

    won = await store.decide_grant(grant.grant_id, decision, ALICE.user_id, NOW, now)

    assert won is is_open(grant, now)


@pytest.mark.parametrize("now", INSTANTS)
@pytest.mark.parametrize("status", GrantStatus)
async def test_store_cancels_exactly_what_nothing_was_issued_for(
    store: Store, status: GrantStatus, now: float
) -> None:
    grant = await grant_with(store, status)

    won = await store.cancel_grant(grant.grant_id, now)

    assert won is can_be_cancelled(grant, now)
    cancelled = replace(grant, status=GrantStatus.DENIED, cancelled_at=now) if won else grant
    assert await store.grant(grant.grant_id) == cancelled
    assert not await store.cancel_grant(grant.grant_id, now), "once"
    assert not await store.redeem_grant(
        grant.grant_id, replace(DEVICE, device_id="1" * 32), b"response", NOW
    ) or (status is GrantStatus.APPROVED and not won)


async def test_one_of_concurrent_redemptions_and_cancellations_wins(store: Store) -> None:
    grant = await grant_with(store, GrantStatus.APPROVED)
    won = await asyncio.gather(
        *(
            change
            for n in range(10)
            for change in (
                store.redeem_grant(grant.grant_id, replace(DEVICE, device_id=f"{n:032x}"), b"r", NOW),
                store.cancel_grant(grant.grant_id, NOW),
            )
        )
    )
    assert won.count(True) == 1
