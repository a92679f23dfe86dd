"""Accounts: what can be one, and who may sign in."""

import asyncio
from typing import Any

import pytest
from argon2 import PasswordHasher

from pairgrant_protocol.secret import Secret
from pairgrant_server.accounts.passwords import Passwords
from pairgrant_server.accounts.people import AccountError, People
from pairgrant_server.authorization_server.model.records import User
from pairgrant_server.authorization_server.store.sqlite.store import SqliteStore

GOOD = Secret("correct horse")


async def test_username_is_compared_without_case(people: People) -> None:
    alice = await people.add("Alice", GOOD, "Alice Liddell", "alice@example.org")
    for typed in ("Alice", "alice", " ALICE ", "\uff21lice"):
        assert await people.sign_in(typed, GOOD) == alice


async def test_a_wrong_password_an_unknown_name_and_a_locked_account_look_the_same(people: People) -> None:
    await people.add("alice", GOOD)
    await people.add("mallory", GOOD)
    assert await people.set_locked("mallory", locked=True)
    assert await people.sign_in("alice", Secret("wrong")) is None
    assert await people.sign_in("nobody", GOOD) is None
    assert await people.sign_in("mallory", GOOD) is None
    assert await people.sign_in("x" * 10_000, GOOD) is None


async def test_an_unlocked_account_may_sign_in_again(people: People) -> None:
    await people.add("alice", GOOD)
    await people.set_locked("alice", locked=True)
    await people.set_locked("ALICE", locked=False)
    assert await people.sign_in("alice", GOOD) is not None


async def test_without_a_display_name_the_username_is_shown(people: People) -> None:
    assert (await people.add("alice", GOOD)).display_name == "alice"


async def test_a_username_belongs_to_one_person(people: People) -> None:
    await people.add("alice", GOOD)
    with pytest.raises(AccountError, match="taken"):
        await people.add("ALICE", GOOD)


@pytest.mark.parametrize("username", ["", " ", "a b", "a\nb", "x" * 65, "a\u202eb", "a\x1b[31m"])
async def test_a_username_is_visible_and_has_no_spaces(people: People, username: str) -> None:
    with pytest.raises(AccountError, match="username"):
        await people.add(username, GOOD)


@pytest.mark.parametrize(
    ("password", "reason"),
    [("seven77", "at least 8"), ("x" * 129, "at most 128"), ("Alice-in-W", "same as the username")],
)
async def test_a_password_is_long_enough_short_enough_and_not_the_username(
    people: People, password: str, reason: str
) -> None:
    with pytest.raises(AccountError, match=reason):
        await people.add("alice-in-w", Secret(password))


@pytest.mark.parametrize(
    "password", ["8letters", "many words " * 11, "a passphrase with spaces", "пароль-на-русском"]
)
async def test_password_has_no_composition_rules(people: People, password: str) -> None:
    await people.add("alice", Secret(password))
    assert await people.sign_in("alice", Secret(password)) is not None


@pytest.mark.parametrize(
    "details",
    [
        {"email": "alice"},
        {"email": "@example.org"},
        {"email": "a b@example.org"},
        {"email": "a@b\x00"},
        {"email": f"{'a' * 250}@b.org"},
        {"display_name": "\x1b]0;"},
        {"display_name": "x" * 81},
    ],
)
async def test_a_name_or_address_that_could_deceive_is_refused(
    people: People, details: dict[str, Any]
) -> None:
    with pytest.raises(AccountError):
        await people.add("alice", GOOD, **details)


async def test_an_outdated_hash_is_renewed_at_sign_in(people: People, store: SqliteStore) -> None:
    old_hash = PasswordHasher(2, 16, 1).hash("correct horse")
    await store.add_user(User("u1", "alice", old_hash, 0.0, "Alice"))
    signed_in = await people.sign_in("alice", GOOD)
    stored = await store.user("u1")
    assert signed_in is not None
    assert stored is not None
    assert signed_in.password_hash == stored.password_hash != old_hash
    assert await people.sign_in("alice", GOOD) == signed_in


async def test_a_password_that_was_changed_while_its_hash_was_renewed_stays_changed(
    people: People, store: SqliteStore, passwords: Passwords, monkeypatch: pytest.MonkeyPatch
) -> None:
    await store.add_user(User("u1", "alice", PasswordHasher(2, 16, 1).hash("correct horse"), 0.0, "Alice"))
    hash_one = passwords.hash

    async def hash_while_it_is_changed(password: Secret) -> str:
        monkeypatch.setattr(passwords, "hash", hash_one)
        await people.set_password("alice", Secret("battery staple"))
        return await hash_one(password)

    monkeypatch.setattr(passwords, "hash", hash_while_it_is_changed)
    assert await people.sign_in("alice", GOOD) is None
    assert await people.sign_in("alice", Secret("battery staple")) is not None


async def test_two_sign_ins_that_update_the_same_hash_both_succeed(
    people: People, store: SqliteStore
) -> None:
    await store.add_user(User("u1", "alice", PasswordHasher(2, 16, 1).hash("correct horse"), 0.0, "Alice"))
    assert all(await asyncio.gather(*(people.sign_in("alice", GOOD) for _ in range(3))))


async def test_account_without_password_refuses_every_password(people: People) -> None:
    await people.add("alice", None)
    for typed in ("", "x", "dummy"):
        assert await people.sign_in("alice", Secret(typed)) is None
    assert await people.set_password("alice", GOOD)
    assert await people.sign_in("alice", GOOD) is not None


async def test_a_name_and_an_address_are_changed(people: People) -> None:
    await people.add("alice", GOOD, "Alice", "alice@example.org")
    assert await people.set_profile("ALICE", "  Alice   Liddell ", "")
    alice = await people.user_by_name("alice")
    assert alice is not None
    assert (alice.display_name, alice.email) == ("Alice Liddell", None)
    assert not await people.set_profile("nobody", "Nobody", None)
    with pytest.raises(AccountError):
        await people.set_profile("alice", "\x1b", None)


async def test_a_new_password_replaces_the_old_one(people: People) -> None:
    await people.add("alice", GOOD)
    assert await people.set_password("alice", Secret("battery staple"))
    assert await people.sign_in("alice", GOOD) is None
    assert await people.sign_in("alice", Secret("battery staple")) is not None
    assert not await people.set_password("nobody", GOOD)


async def test_removed_user_can_not_sign_in(people: People) -> None:
    alice = await people.add("alice", GOOD)
    assert await people.remove("alice")
    assert not await people.remove("alice")
    assert await people.user(alice.user_id) is None
    assert await people.sign_in("alice", GOOD) is None
    assert not await people.set_locked("alice", locked=True)


async def test_every_account_is_listed(people: People) -> None:
    alice, bob = await people.add("alice", GOOD), await people.add("bob", GOOD)
    assert {user.user_id for user in await people.users()} == {alice.user_id, bob.user_id}
    assert alice.user_id != bob.user_id
