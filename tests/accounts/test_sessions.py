"""Browser sessions: a secret cookie that expires on time, changes at sign-in, and is stored as a digest."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from pairgrant_protocol.secret import Secret
from pairgrant_server.accounts.browser_session import BrowserSession
from pairgrant_server.accounts.people import People
from pairgrant_server.accounts.sessions import LIFETIME, Sessions
from pairgrant_server.authorization_server.model.records import User
from pairgrant_server.authorization_server.secrets.server_key import ServerKey, digest
from pairgrant_server.authorization_server.store.sqlite.store import SqliteStore
from tests.authorization_server.hand_clock import HandClock

GRANT_ID = b"grant id of 16 b"


@pytest.fixture
async def alice(people: People) -> User:
    return await people.add("alice", Secret("correct horse"))


def test_a_cookie_is_256_fresh_random_bits(sessions: Sessions) -> None:
    first, second = sessions.new_cookie(), sessions.new_cookie()
    assert first != second
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", first.reveal())
    assert Sessions.known_shape(first.reveal()) == first


@pytest.mark.parametrize("cookie", [None, "", "short", "x" * 44, "x" * 42 + "\n", "x" * 42 + "=", "é" * 43])
def test_malformed_cookie_is_none(cookie: str | None) -> None:
    assert Sessions.known_shape(cookie) is None


def bytes_of_files(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.iterdir() if path.is_file())


async def test_new_cookie_has_an_empty_session_and_no_row(sessions: Sessions, store: SqliteStore) -> None:
    cookie = sessions.new_cookie()
    assert await sessions.load(cookie) == BrowserSession()
    assert await store.session(digest(cookie)) is None


async def test_a_csrf_token_belongs_to_one_session(sessions: Sessions) -> None:
    mine, yours = sessions.new_cookie(), sessions.new_cookie()
    assert sessions.csrf_matches(mine, sessions.csrf_token(mine))
    for wrong in (sessions.csrf_token(yours), "", "é", "\ud800", sessions.csrf_token(mine) + "x"):
        assert not sessions.csrf_matches(mine, wrong)


async def test_a_csrf_token_belongs_to_one_server(
    sessions: Sessions, store: SqliteStore, clock: HandClock
) -> None:
    elsewhere = Sessions(store, ServerKey(Secret("another key")), clock)
    cookie = sessions.new_cookie()
    assert not sessions.csrf_matches(cookie, elsewhere.csrf_token(cookie))


async def test_looked_up_code_is_stored_sealed(sessions: Sessions, store: SqliteStore) -> None:
    cookie = sessions.new_cookie()
    await sessions.bind_grant(cookie, GRANT_ID, "WDJBMJHT")
    loaded = await sessions.load(cookie)
    assert (loaded.user, loaded.grant_id, loaded.user_code) == (None, GRANT_ID, "WDJBMJHT")
    row = await store.session(digest(cookie))
    assert row is not None
    assert row.sealed_user_code is not None
    assert b"WDJB" not in row.sealed_user_code
    assert "WDJB" not in repr(await sessions.load(cookie))


async def test_a_later_code_replaces_the_earlier_one(sessions: Sessions) -> None:
    cookie = sessions.new_cookie()
    await sessions.bind_grant(cookie, GRANT_ID, "WDJBMJHT")
    browser_id = await sessions.bind_grant(cookie, b"another grant id", "BCDFGHJK")
    assert await sessions.load(cookie) == BrowserSession(
        grant_id=b"another grant id", user_code="BCDFGHJK", browser_id=browser_id
    )


async def test_signing_in_changes_the_cookie_and_carries_the_code_over(
    sessions: Sessions, alice: User, clock: HandClock
) -> None:
    """No session fixation: the old cookie is invalid after the sign-in."""
    before = sessions.new_cookie()
    browser_id = await sessions.bind_grant(before, GRANT_ID, "WDJBMJHT", arrival='{"entry":"typed"}')
    after = await sessions.sign_in(before, alice)
    assert after != before
    assert await sessions.load(before) == BrowserSession()
    carried_over = (browser_id, '{"entry":"typed"}')
    assert await sessions.load(after) == BrowserSession(alice, clock.now, GRANT_ID, "WDJBMJHT", *carried_over)
    assert not sessions.csrf_matches(after, sessions.csrf_token(before))


async def test_signing_in_again_changes_the_cookie_again(sessions: Sessions, alice: User) -> None:
    first = await sessions.sign_in(sessions.new_cookie(), alice)
    second = await sessions.sign_in(first, alice)
    assert await sessions.load(first) == BrowserSession()
    assert (await sessions.load(second)).user_id == alice.user_id


async def test_signing_out_leaves_nothing(sessions: Sessions, alice: User) -> None:
    cookie = await sessions.sign_in(sessions.new_cookie(), alice)
    await sessions.sign_out(cookie)
    assert await sessions.load(cookie) == BrowserSession()


async def test_session_expires_on_time_and_is_never_extended(
    sessions: Sessions, alice: User, clock: HandClock
) -> None:
    cookie = await sessions.sign_in(sessions.new_cookie(), alice)
    clock.now += LIFETIME - 1
    await sessions.bind_grant(cookie, GRANT_ID, "WDJBMJHT")
    assert (await sessions.load(cookie)).user_id == alice.user_id
    clock.now += 1
    assert await sessions.load(cookie) == BrowserSession()


async def test_expired_session_carries_no_code_over_to_a_sign_in(
    sessions: Sessions, alice: User, clock: HandClock
) -> None:
    cookie = sessions.new_cookie()
    await sessions.bind_grant(cookie, GRANT_ID, "WDJBMJHT")
    clock.now += LIFETIME
    session = await sessions.load(await sessions.sign_in(cookie, alice))
    assert session.grant_id is None


async def test_session_of_a_locked_user_is_empty(sessions: Sessions, people: People, alice: User) -> None:
    cookie = await sessions.sign_in(sessions.new_cookie(), alice)
    await people.set_locked("alice", locked=True)
    assert await sessions.load(cookie) == BrowserSession()


async def test_session_of_a_removed_user_is_empty(sessions: Sessions, people: People, alice: User) -> None:
    cookie = await sessions.sign_in(sessions.new_cookie(), alice)
    await people.remove("alice")
    assert await sessions.load(cookie) == BrowserSession()


async def test_the_store_keeps_a_digest_and_never_the_cookie(
    sessions: Sessions, alice: User, tmp_path: Path
) -> None:
    cookie = await sessions.sign_in(sessions.new_cookie(), alice)
    kept = bytes_of_files(tmp_path)
    assert digest(cookie) in kept
    assert cookie.reveal().encode() not in kept


async def test_code_that_was_altered_in_the_store_is_ignored(sessions: Sessions, store: SqliteStore) -> None:
    cookie = sessions.new_cookie()
    await sessions.bind_grant(cookie, GRANT_ID, "WDJBMJHT")
    row = await store.session(digest(cookie))
    assert row is not None
    await store.put_session(replace(row, sealed_user_code=b"altered by someone with the database"))
    assert (await sessions.load(cookie)).user_code is None


class TestEpoch:
    async def test_a_new_password_ends_every_session(
        self, sessions: Sessions, people: People, alice: User
    ) -> None:
        cookies = [await sessions.sign_in(sessions.new_cookie(), alice) for _ in range(2)]
        await people.set_password("alice", Secret("battery staple"))
        assert [await sessions.load(cookie) for cookie in cookies] == [BrowserSession(), BrowserSession()]
        signed_in = await people.sign_in("alice", Secret("battery staple"))
        assert signed_in is not None
        assert (await sessions.load(await sessions.sign_in(cookies[0], signed_in))).user == signed_in

    async def test_lock_ends_every_session_for_good(
        self, sessions: Sessions, people: People, alice: User
    ) -> None:
        cookie = await sessions.sign_in(sessions.new_cookie(), alice)
        await people.set_locked("alice", locked=True)
        assert await sessions.load(cookie) == BrowserSession()
        await people.set_locked("alice", locked=False)
        assert await sessions.load(cookie) == BrowserSession()

    async def test_unlock_ends_no_session(self, sessions: Sessions, people: People, alice: User) -> None:
        cookie = await sessions.sign_in(sessions.new_cookie(), alice)
        await people.set_locked("alice", locked=False)
        assert (await sessions.load(cookie)).user_id == alice.user_id

    async def test_session_started_with_the_old_password_is_empty(
        self, sessions: Sessions, people: People, alice: User
    ) -> None:
        """The password was looked at before it was changed, and the session is put down after that."""
        await people.set_password("alice", Secret("battery staple"))
        assert await sessions.load(await sessions.sign_in(sessions.new_cookie(), alice)) == BrowserSession()

    async def test_code_looked_up_in_an_ended_session_starts_an_anonymous_one(
        self, sessions: Sessions, people: People, alice: User
    ) -> None:
        cookie = await sessions.sign_in(sessions.new_cookie(), alice)
        await people.set_password("alice", Secret("battery staple"))
        await sessions.bind_grant(cookie, GRANT_ID, "WDJBMJHT")
        loaded = await sessions.load(cookie)
        assert (loaded.user, loaded.grant_id, loaded.user_code) == (None, GRANT_ID, "WDJBMJHT")
