"""What an operator changes, on both engines: as a whole, and without side effects on what refers to it."""

import asyncio
from dataclasses import fields, replace

import pytest

from pairgrant_protocol.vocabulary import GrantType
from pairgrant_server.authorization_server.model.client_policy import AssertionIssuer, ClientPolicy
from pairgrant_server.authorization_server.model.records import (
    SigningKey,
    WebSession,
)
from pairgrant_server.authorization_server.store.errors import UnstorableError
from pairgrant_server.authorization_server.store.interface.store import Store
from tests.store.sample_records import ALICE, CLIENT, NOW
from tests.store.sample_records import DEVICE as PAIRED_DEVICE

DEVICE = replace(PAIRED_DEVICE, refresh_sequence=0, refresh_digest=None)
POLICY = ClientPolicy(
    optional_scope=("board:read",),
    device_code_lifetime=300,
    access_token_lifetime=300,
    refresh_token_lifetime=86_400,
    connection_lifetime=604_800,
    resources=("https://api.example", "urn:example:api"),
    serves=("https://tv.example",),
    id_token_algorithm="RS256",
    requires_dpop=True,
    requires_device_pkce=True,
    requires_pushed_requests=True,
    post_logout_redirect_uris=("https://tv.example/bye",),
    assertion_issuers=(AssertionIssuer("https://idp.example", '{"keys":[]}'),),
    accepts_endpoint_audience=True,
    trusted_networks=("192.0.2.0/24",),
    requires_same_network=True,
    enrolled_keys=("k" * 43,),
    requires_return_pin=True,
    ignores_device_names=True,
    device_authorizations_per_minute=6,
    profile="strict",
    number_match="required",
    fresh_scan="auto",
    prefill="never",
    strong_scope=("board:read",),
    weak_connection_lifetime=86_400,
    requires_device_label=True,
    requires_known_device=True,
)


@pytest.fixture
async def known(store: Store) -> Store:
    """A store with a client, a person, and a device of theirs."""
    assert await store.add_client(CLIENT)
    assert await store.add_user(ALICE)
    await store.add_connected_device(DEVICE)
    return store


class TestClients:
    async def test_replaced_client_keeps_every_field_of_its_policy(self, known: Store) -> None:
        assert all(getattr(POLICY, rule.name) != rule.default for rule in fields(ClientPolicy))
        changed = replace(
            CLIENT,
            name="TV",
            grant_types=frozenset(GrantType),
            scope=("openid",),
            redirect_uris=("https://tv.example/a", "com.example.tv:/b"),
            secret_digest=None,
            jwks='{"keys":[{}]}',
            policy=POLICY,
        )
        assert await known.replace_client(changed)
        assert await known.client("lobby-tv") == changed
        assert await known.clients() == [changed]
        assert await known.replace_client(CLIENT), "and taken back"
        assert await known.client("lobby-tv") == CLIENT

    async def test_replacing_a_client_keeps_its_connected_devices(self, known: Store) -> None:
        assert await known.replace_client(replace(CLIENT, secret_digest=b"s" * 32))
        assert await known.connected_device(DEVICE.device_id) == DEVICE

    async def test_replacing_an_unknown_client_adds_none(self, store: Store) -> None:
        assert not await store.replace_client(CLIENT)
        assert await store.clients() == []

    async def test_replacing_a_removed_client_does_not_restore_it(self, known: Store) -> None:
        assert await known.remove_client("lobby-tv")
        assert not await known.replace_client(CLIENT)

    async def test_client_that_can_not_be_stored_changes_nothing(self, known: Store) -> None:
        try:
            await known.replace_client(replace(CLIENT, name="\ud800"))
        except UnstorableError:
            assert await known.client("lobby-tv") == CLIENT
        else:
            pytest.fail("half a surrogate pair was kept")


class TestUsers:
    async def test_profile_is_changed_as_a_whole(self, known: Store) -> None:
        assert await known.set_user_profile("u1", "Alice Liddell", None)
        assert await known.user("u1") == replace(ALICE, display_name="Alice Liddell", email=None)
        assert not await known.set_user_profile("unknown", "Nobody", None)

    async def test_language_and_time_zone_are_changed_as_a_whole(self, known: Store) -> None:
        assert await known.set_user_locale("u1", "it", "Europe/Rome")
        assert await known.user("u1") == replace(ALICE, language="it", time_zone="Europe/Rome")
        assert await known.set_user_locale("u1", None, None)
        assert await known.user("u1") == ALICE
        assert not await known.set_user_locale("unknown", "it", None)

    async def test_only_a_new_password_and_a_lock_begin_a_new_session_epoch(self, known: Store) -> None:
        async def epoch() -> int:
            user = await known.user("u1")
            assert user is not None
            return user.session_epoch

        epochs = [await epoch()]
        for change in (
            known.set_password_hash("u1", "new"),
            known.set_user_locked("u1", locked=True),
            known.set_user_locked("u1", locked=False),
            known.set_user_profile("u1", "Alice", None),
            known.set_user_locale("u1", "de", None),
            known.renew_password_hash("u1", "new", "newer"),
        ):
            assert await change
            epochs.append(await epoch())
        assert epochs == [0, 1, 2, 2, 2, 2, 2]

    async def test_session_epochs_that_begin_at_once_are_all_counted(self, known: Store) -> None:
        await asyncio.gather(*(known.set_password_hash("u1", f"hash {number}") for number in range(10)))
        user = await known.user("u1")
        assert user is not None
        assert user.session_epoch == 10

    async def test_password_hash_is_renewed_only_if_it_is_unchanged(self, known: Store) -> None:
        renewals = [known.renew_password_hash("u1", ALICE.password_hash, f"new {n}") for n in range(5)]
        won = await asyncio.gather(*renewals)
        assert won.count(True) == 1
        user = await known.user("u1")
        assert user is not None
        assert user.password_hash == f"new {won.index(True)}"
        assert not await known.renew_password_hash("unknown", "", "new")

    async def test_session_keeps_its_epoch(self, known: Store) -> None:
        session = WebSession(b"s" * 32, NOW, NOW + 60, user_id="u1", auth_time=NOW, session_epoch=7)
        await known.add_session(session)
        assert await known.session(b"s" * 32) == session


class TestSigningKeys:
    async def test_each_algorithm_has_its_own_signing_keys(self, store: Store) -> None:
        first = SigningKey("k1", "ES256", b"sealed", NOW)
        other = SigningKey("k2", "RS256", b"sealed", NOW + 1)
        assert await store.add_signing_key(first, unless_since=0)
        assert await store.add_signing_key(other, unless_since=0)
        assert not await store.add_signing_key(replace(first, kid="k3"), unless_since=0)
        assert await store.signing_keys() == [other, first]

    async def test_one_of_concurrent_key_rotations_wins(self, store: Store) -> None:
        assert await store.add_signing_key(SigningKey("old", "ES256", b"sealed", NOW), unless_since=0)
        keys = [SigningKey(f"k{number}", "ES256", b"sealed", NOW + 100) for number in range(10)]
        won = await asyncio.gather(*(store.add_signing_key(key, unless_since=NOW + 1) for key in keys))
        assert won.count(True) == 1
        assert [key.kid for key in await store.signing_keys()] == [keys[won.index(True)].kid, "old"]

    async def test_signing_key_is_removed_once(self, store: Store) -> None:
        assert await store.add_signing_key(SigningKey("k1", "ES256", b"sealed", NOW), unless_since=0)
        assert await store.remove_signing_key("k1")
        assert not await store.remove_signing_key("k1")
        assert await store.signing_keys() == []
