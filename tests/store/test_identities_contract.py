"""Accounts elsewhere, on every engine: one person each, both or neither, and one winner in every race."""

import asyncio
from dataclasses import replace

import pytest

from pairgrant_server.authorization_server.model.records import Identity, Upstream, User
from pairgrant_server.authorization_server.store.errors import UnstorableError
from pairgrant_server.authorization_server.store.interface.store import Store

NOW = 1_790_000_000.0
ISSUER = "https://accounts.example"
UPSTREAM = Upstream(
    "example", "Example & Co.", ISSUER, "pairgrant", b"sealed", ("openid", "profile"), True, NOW
)
ALICE = User("u1", "alice", "$argon2id$", NOW, "Alice")
BOB = User("u2", "bob", "", NOW, "Bob")
IDENTITY = Identity(ISSUER, "248289", "u1", NOW)


@pytest.fixture
async def known(store: Store) -> Store:
    """A store with Alice, who has a password."""
    assert await store.add_user(ALICE)
    return store


class TestUpstreams:
    async def test_upstream_is_found_as_it_was_stored(self, store: Store) -> None:
        public = replace(UPSTREAM, name="another", sealed_secret=None, creates_accounts=False)
        await store.put_upstream(UPSTREAM)
        await store.put_upstream(public)
        assert await store.upstreams() == [public, UPSTREAM], "by their names"

    async def test_upstream_of_the_same_name_is_replaced(self, store: Store) -> None:
        changed = replace(UPSTREAM, label="Else", sealed_secret=None, scope=("openid",), client_id="x")
        await store.put_upstream(UPSTREAM)
        await store.put_upstream(changed)
        assert await store.upstreams() == [changed]

    async def test_removed_upstream_leaves_its_users(self, known: Store) -> None:
        await known.put_upstream(UPSTREAM)
        assert await known.add_identity(IDENTITY)
        assert await known.remove_upstream("example")
        assert not await known.remove_upstream("example")
        assert await known.upstreams() == []
        assert await known.identities("u1") == [IDENTITY]

    async def test_unstorable_upstream_changes_nothing(self, store: Store) -> None:
        await store.put_upstream(UPSTREAM)
        with pytest.raises(UnstorableError):
            await store.put_upstream(replace(UPSTREAM, label="\ud800"))
        assert await store.upstreams() == [UPSTREAM]


class TestAddIdentity:
    async def test_identity_finds_its_user(self, known: Store) -> None:
        assert await known.user_by_identity(ISSUER, "248289") is None
        assert await known.add_identity(IDENTITY)
        assert await known.user_by_identity(ISSUER, "248289") == ALICE

    @pytest.mark.parametrize(
        ("issuer", "subject"),
        [(ISSUER, "24828"), (f"{ISSUER}/", "248289"), (ISSUER.upper(), "248289"), (ISSUER, "248289 ")],
    )
    async def test_similar_identity_finds_no_user(self, known: Store, issuer: str, subject: str) -> None:
        assert await known.add_identity(IDENTITY)
        assert await known.user_by_identity(issuer, subject) is None

    async def test_identity_is_linked_to_one_user_only(self, known: Store) -> None:
        assert await known.add_user(BOB)
        assert await known.add_identity(IDENTITY)
        assert not await known.add_identity(replace(IDENTITY, user_id="u2"))
        assert not await known.add_identity(IDENTITY)
        assert await known.user_by_identity(ISSUER, "248289") == ALICE

    async def test_user_may_have_several_identities(self, known: Store) -> None:
        later = Identity("https://other.example", "248289", "u1", NOW + 1)
        assert await known.add_identity(later)
        assert await known.add_identity(IDENTITY)
        assert await known.identities("u1") == [IDENTITY, later], "the eldest first"
        assert await known.identities("unknown") == []

    async def test_one_of_concurrent_links_wins(self, known: Store) -> None:
        people = [replace(BOB, user_id=f"p{number}", username=f"p{number}") for number in range(8)]
        for person in people:
            assert await known.add_user(person)
        won = await asyncio.gather(
            *(known.add_identity(replace(IDENTITY, user_id=one.user_id)) for one in people)
        )
        assert won.count(True) == 1
        assert await known.user_by_identity(ISSUER, "248289") == people[won.index(True)]

    async def test_identity_is_removed_with_its_user(self, known: Store) -> None:
        assert await known.add_identity(IDENTITY)
        assert await known.remove_user("u1")
        assert await known.user_by_identity(ISSUER, "248289") is None
        assert await known.identities("u1") == []


class TestAddUserWithIdentity:
    async def test_user_and_identity_are_added(self, store: Store) -> None:
        identity = replace(IDENTITY, user_id="u2")
        assert await store.add_user_with_identity(BOB, identity)
        assert await store.user("u2") == BOB
        assert await store.user_by_identity(ISSUER, "248289") == BOB
        assert await store.identities("u2") == [identity]

    @pytest.mark.parametrize("username", ["alice", "ALICE"])
    async def test_neither_is_added_if_the_username_is_taken(self, known: Store, username: str) -> None:
        newcomer = replace(BOB, username=username)
        assert not await known.add_user_with_identity(newcomer, replace(IDENTITY, user_id="u2"))
        assert await known.user("u2") is None
        assert await known.user_by_identity(ISSUER, "248289") is None

    async def test_neither_is_added_if_the_identity_is_taken(self, known: Store) -> None:
        assert await known.add_identity(IDENTITY)
        assert not await known.add_user_with_identity(BOB, replace(IDENTITY, user_id="u2"))
        assert await known.user("u2") is None
        assert await known.user_by_name("bob") is None
        assert await known.user_by_identity(ISSUER, "248289") == ALICE

    async def test_one_of_concurrent_first_sign_ins_adds_the_account(self, store: Store) -> None:
        people = [replace(BOB, user_id=f"p{number}", username=f"p{number}") for number in range(8)]
        won = await asyncio.gather(
            *(store.add_user_with_identity(one, replace(IDENTITY, user_id=one.user_id)) for one in people)
        )
        assert won.count(True) == 1
        assert await store.users() == [people[won.index(True)]]

    async def test_one_of_two_users_gets_a_username(self, store: Store) -> None:
        people = [replace(BOB, user_id=f"p{number}") for number in range(8)]
        won = await asyncio.gather(
            *(
                store.add_user_with_identity(one, Identity(ISSUER, one.user_id, one.user_id, NOW))
                for one in people
            )
        )
        assert won.count(True) == 1
        (user,) = await store.users()
        assert await store.user_by_identity(ISSUER, user.user_id) == user

    async def test_unstorable_user_with_identity_changes_nothing(self, store: Store) -> None:
        with pytest.raises(UnstorableError):
            await store.add_user_with_identity(BOB, replace(IDENTITY, user_id="u2", subject="\ud800"))
        assert await store.users() == []


class TestRemoveIdentity:
    async def test_identity_is_removed_once_and_its_user_stays(self, known: Store) -> None:
        other = replace(IDENTITY, subject="other")
        assert await known.add_identity(IDENTITY)
        assert await known.add_identity(other)
        assert await known.remove_identity(ISSUER, "248289")
        assert not await known.remove_identity(ISSUER, "248289")
        assert await known.user_by_identity(ISSUER, "248289") is None
        assert await known.identities("u1") == [other]
        assert await known.user("u1") == ALICE

    async def test_removed_identity_can_be_linked_to_another_user(self, known: Store) -> None:
        assert await known.add_user(BOB)
        assert await known.add_identity(IDENTITY)
        assert await known.remove_identity(ISSUER, "248289")
        assert await known.add_identity(replace(IDENTITY, user_id="u2"))
        assert await known.user_by_identity(ISSUER, "248289") == BOB

    async def test_unstorable_identity_finds_no_user(self, store: Store) -> None:
        assert await store.user_by_identity("\ud800", "248289") is None
        assert await store.user_by_identity(ISSUER, "\x00") is None
