"""What may be used once or a number of times, and devices without a stored grant, on both engines."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from pairgrant_protocol.sign_in_end import EndedBy
from pairgrant_protocol.vocabulary import GrantType
from pairgrant_server.authorization_server.model.records import (
    Client,
    ConnectedDevice,
    InitialAccessToken,
    User,
)
from pairgrant_server.authorization_server.store.errors import UnstorableError
from pairgrant_server.authorization_server.store.interface.store import Store

NOW = 1_790_000_000.0
ONE, TWO = b"1" * 32, b"2" * 32
TOKEN = InitialAccessToken(
    token_digest=ONE,
    name="the integrators",
    grant_types=frozenset({GrantType.DEVICE_CODE, GrantType.REFRESH_TOKEN}),
    scope=("openid", "board:read"),
    remaining=3,
    created_at=NOW,
    expires_at=NOW + 3600,
)
CLIENT = Client("exchange", "Exchange", frozenset({GrantType.JWT_BEARER}), ("board:read",), NOW)
ALICE = User("u1", "alice", "$argon2id$", NOW, "Alice")
FAMILY = ConnectedDevice(
    device_id="0" * 32,
    user_id="u1",
    client_id="exchange",
    scope=("board:read",),
    name="Exchange",
    address="192.0.2.7",
    created_at=NOW,
    last_seen_at=NOW,
    auth_time=NOW - 5,
    expires_at=NOW + 600,
    grant_type=GrantType.JWT_BEARER,
    resource="https://api.example/ https://other.example/",
    dpop_jkt="a thumbprint",
)
OpenStore = Callable[[], Awaitable[Store]]


class TestSpentIdentifiers:
    async def test_identifier_is_spent_once(self, store: Store) -> None:
        assert not await store.is_spent(ONE)
        assert await store.spend_identifier(ONE, NOW + 60)
        assert await store.is_spent(ONE)
        assert not await store.spend_identifier(ONE, NOW + 60)
        assert not await store.is_spent(TWO)

    async def test_one_of_concurrent_uses_wins(self, store: Store) -> None:
        won = await asyncio.gather(*(store.spend_identifier(ONE, NOW + 60) for _ in range(20)))
        assert sorted(won) == [False] * 19 + [True]

    async def test_one_of_concurrent_uses_in_two_processes_wins(self, open_store: OpenStore) -> None:
        stores = [await open_store(), await open_store()]
        won = await asyncio.gather(*(stores[n % 2].spend_identifier(ONE, NOW + 60) for n in range(20)))
        assert sorted(won) == [False] * 19 + [True]
        assert all([await store.is_spent(ONE) for store in stores])

    async def test_spent_identifier_is_kept_until_a_minute_after_its_end(self, store: Store) -> None:
        await store.spend_identifier(ONE, NOW + 60)
        await store.sweep(NOW + 60)
        assert await store.is_spent(ONE)
        assert await store.sweep(NOW + 121) == 1
        assert not await store.is_spent(ONE)

    async def test_second_use_does_not_shorten_how_long_an_identifier_is_kept(self, store: Store) -> None:
        await store.spend_identifier(ONE, NOW + 600)
        await store.spend_identifier(ONE, NOW + 1)
        await store.sweep(NOW + 200)
        assert await store.is_spent(ONE)


class TestDevicesWithoutAGrant:
    @pytest.fixture(autouse=True)
    async def _known(self, store: Store) -> None:
        await store.add_client(CLIENT)
        await store.add_user(ALICE)

    async def test_device_without_a_grant_is_found_as_it_was_stored(self, store: Store) -> None:
        await store.add_connected_device(FAMILY)
        assert await store.connected_device(FAMILY.device_id) == FAMILY
        assert list(await store.connected_devices("u1", NOW)) == [FAMILY]

    async def test_device_without_a_grant_is_revoked(self, store: Store) -> None:
        await store.add_connected_device(FAMILY)
        assert await store.revoke_device(FAMILY.device_id, NOW + 1, EndedBy.USER)
        assert not await store.revoke_device(FAMILY.device_id, NOW + 2, EndedBy.USER)
        assert list(await store.connected_devices("u1", NOW)) == []

    @pytest.mark.parametrize("gone", ["client", "user"])
    async def test_device_without_a_grant_is_removed_with_its_client_or_user(
        self, store: Store, gone: str
    ) -> None:
        await store.add_connected_device(FAMILY)
        await (store.remove_client("exchange") if gone == "client" else store.remove_user("u1"))
        assert await store.connected_device(FAMILY.device_id) is None

    async def test_device_with_unstorable_text_is_refused(self, store: Store) -> None:
        with pytest.raises(UnstorableError):
            await store.add_connected_device(replace(FAMILY, name="half \ud800"))
        assert await store.connected_device(FAMILY.device_id) is None


class TestInitialAccessTokens:
    async def test_initial_access_tokens_are_listed_newest_first(self, store: Store) -> None:
        younger = replace(TOKEN, token_digest=TWO, name="others", created_at=NOW + 1, scope=())
        await store.add_initial_access_token(TOKEN)
        await store.add_initial_access_token(younger)
        assert list(await store.initial_access_tokens()) == [younger, TOKEN]

    async def test_each_use_takes_one_registration_until_none_is_left(self, store: Store) -> None:
        await store.add_initial_access_token(TOKEN)
        used = [await store.use_initial_access_token(ONE, NOW) for _ in range(4)]
        assert [token and token.remaining for token in used] == [2, 1, 0, None]
        (left,) = await store.initial_access_tokens()
        assert left == replace(TOKEN, remaining=0)

    async def test_concurrent_uses_win_only_the_remaining_registrations(self, store: Store) -> None:
        await store.add_initial_access_token(TOKEN)
        used = await asyncio.gather(*(store.use_initial_access_token(ONE, NOW) for _ in range(20)))
        assert sum(token is not None for token in used) == 3

    async def test_expired_or_unknown_token_can_not_be_used(self, store: Store) -> None:
        await store.add_initial_access_token(TOKEN)
        assert await store.use_initial_access_token(TWO, NOW) is None
        assert await store.use_initial_access_token(ONE, TOKEN.expires_at) is None
        assert await store.use_initial_access_token(ONE, TOKEN.expires_at - 1) is not None

    async def test_initial_access_tokens_are_removed_by_name(self, store: Store) -> None:
        await store.add_initial_access_token(TOKEN)
        await store.add_initial_access_token(replace(TOKEN, token_digest=TWO))
        assert not await store.remove_initial_access_token("unknown")
        assert await store.remove_initial_access_token("the integrators")
        assert list(await store.initial_access_tokens()) == []
        assert await store.use_initial_access_token(ONE, NOW) is None
