"""Authorization requests and consents, on both engines."""

import asyncio
from dataclasses import replace

import pytest

from pairgrant_protocol.device_grant import GrantStatus
from pairgrant_protocol.vocabulary import GrantType
from pairgrant_server.authorization_server.model.records import (
    AuthorizationDecision,
    AuthorizationGrant,
    Client,
    ConnectedDevice,
    Consent,
    User,
)
from pairgrant_server.authorization_server.secrets.identifiers import new_id
from pairgrant_server.authorization_server.store.interface.store import Store

NOW = 1_790_000_000.0
CLIENT = Client("app", "An App", frozenset({GrantType.AUTHORIZATION_CODE}), ("openid",), NOW)
ALICE = User("u1", "alice", "$argon2id$", NOW, "Alice")
GRANT = AuthorizationGrant(
    new_id(NOW, lambda size: b"g" * size), "app", '{"client_id":"app"}', NOW, NOW + 600
)
APPROVAL = AuthorizationDecision(
    GRANT.grant_id, GrantStatus.APPROVED, "u1", NOW, NOW + 60, ("openid",), b"c" * 32
)
DEVICE = ConnectedDevice(
    device_id="0" * 32,
    user_id="u1",
    client_id="app",
    scope=("openid",),
    name="An App",
    address="192.0.2.7",
    created_at=NOW,
    last_seen_at=NOW,
    auth_time=NOW,
    expires_at=NOW + 600,
    grant_type=GrantType.AUTHORIZATION_CODE,
    resource="https://api.example",
    dpop_jkt="j" * 43,
)


@pytest.fixture
async def asked(store: Store) -> Store:
    """A store with a client, a person and one request."""
    assert await store.add_client(CLIENT)
    assert await store.add_user(ALICE)
    await store.insert_authorization(GRANT)
    return store


async def test_authorization_request_is_found_as_it_was_stored(asked: Store) -> None:
    assert await asked.authorization(GRANT.grant_id) == GRANT
    assert await asked.authorization(b"x" * 16) is None


async def test_approval_is_stored_whole(asked: Store) -> None:
    assert await asked.decide_authorization(APPROVAL, NOW)
    kept = await asked.authorization(GRANT.grant_id)
    assert kept == replace(
        GRANT,
        status=GrantStatus.APPROVED,
        user_id="u1",
        auth_time=NOW,
        expires_at=NOW + 60,
        scope=("openid",),
        code_digest=b"c" * 32,
    )


async def test_one_of_concurrent_decisions_wins(asked: Store) -> None:
    denial = AuthorizationDecision(GRANT.grant_id, GrantStatus.DENIED, "u1", NOW, NOW + 600)
    won = await asyncio.gather(*(asked.decide_authorization(one, NOW) for one in [APPROVAL, denial] * 10))
    assert won.count(True) == 1


async def test_expired_request_is_not_decided(asked: Store) -> None:
    assert not await asked.decide_authorization(APPROVAL, GRANT.expires_at)


async def test_one_of_concurrent_redemptions_wins_and_adds_its_device(asked: Store) -> None:
    assert await asked.decide_authorization(APPROVAL, NOW)
    families = [replace(DEVICE, device_id=f"{number:032}") for number in range(20)]
    won = await asyncio.gather(
        *(asked.redeem_authorization(GRANT.grant_id, family, NOW) for family in families)
    )
    assert won.count(True) == 1
    winner = families[won.index(True)]
    assert await asked.connected_devices("u1", NOW) == [winner]
    kept = await asked.authorization(GRANT.grant_id)
    assert kept is not None
    assert (kept.status, kept.connected_device_id, kept.redeemed_at) == (
        GrantStatus.REDEEMED,
        winner.device_id,
        NOW,
    )


@pytest.mark.parametrize("now", [APPROVAL.expires_at, APPROVAL.expires_at + 1])
async def test_expired_code_is_not_redeemed(asked: Store, now: float) -> None:
    assert await asked.decide_authorization(APPROVAL, NOW)
    assert not await asked.redeem_authorization(GRANT.grant_id, DEVICE, now)
    assert await asked.connected_device(DEVICE.device_id) is None


async def test_pending_request_is_not_redeemed(asked: Store) -> None:
    assert not await asked.redeem_authorization(GRANT.grant_id, DEVICE, NOW)


async def test_consent_is_stored_replaced_and_removed(asked: Store) -> None:
    first = Consent("u1", "app", ("openid",), NOW)
    await asked.put_consent(first)
    assert await asked.consent("u1", "app") == first
    wider = replace(first, scope=("openid", "profile"), granted_at=NOW + 1)
    await asked.put_consent(wider)
    assert await asked.consent("u1", "app") == wider
    assert await asked.consent("u2", "app") is None
    assert await asked.remove_consent("u1", "app")
    assert not await asked.remove_consent("u1", "app")
    assert await asked.consent("u1", "app") is None


async def test_removing_a_user_removes_requests_and_consents(asked: Store) -> None:
    await asked.put_consent(Consent("u1", "app", ("openid",), NOW))
    assert await asked.decide_authorization(APPROVAL, NOW)
    assert await asked.remove_user("u1")
    assert await asked.authorization(GRANT.grant_id) is None
    assert await asked.consent("u1", "app") is None


async def test_requests_are_removed_two_hours_after_issue(asked: Store) -> None:
    assert await asked.sweep(NOW + 7200) == 0
    assert await asked.sweep(NOW + 7201) == 1
    assert await asked.authorization(GRANT.grant_id) is None
