"""Browser sessions: a secret cookie that expires on time, changes at sign-in, and is stored as a digest."""

import asyncio
import re
from dataclasses import replace
from pathlib import Path

import pytest

from pairgrant_protocol.secret import Secret
from pairgrant_server.accounts.browser_session import BrowserSession, pairing_mark
from pairgrant_server.accounts.people import People
from pairgrant_server.accounts.sessions import LIFETIME, SUCCESSION, Sessions
from pairgrant_server.authorization_server.model.records import User
from pairgrant_server.authorization_server.secrets.server_key import ServerKey, digest
from pairgrant_server.authorization_server.store.sqlite.store import SqliteStore
from tests.authorization_server.hand_clock import HandClock

GRANT_ID = b"grant id of 16 b"
OTHER_ID = b"another grant id"


def codes(session: BrowserSession) -> list[tuple[bytes, str]]:
    return [(pairing.grant_id, pairing.user_code) for pairing in session.pairings]


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
    assert loaded.user is None
    assert codes(loaded) == [(GRANT_ID, "WDJBMJHT")]
    (stored,) = await store.session_pairings(digest(cookie))
    assert b"WDJB" not in stored.sealed_user_code
    assert "WDJB" not in repr(loaded)


async def test_later_code_comes_first_and_the_earlier_one_stays(sessions: Sessions, clock: HandClock) -> None:
    cookie = sessions.new_cookie()
    await sessions.bind_grant(cookie, GRANT_ID, "WDJBMJHT")
    clock.now += 1
    await sessions.bind_grant(cookie, OTHER_ID, "BCDFGHJK")
    session = await sessions.load(cookie)
    assert codes(session) == [(OTHER_ID, "BCDFGHJK"), (GRANT_ID, "WDJBMJHT")]
    earlier = session.pairing(pairing_mark(GRANT_ID))
    assert earlier is not None
    assert (earlier.user_code, session.pairing_of_code("WDJBMJHT")) == ("WDJBMJHT", earlier)
    assert session.pairing(None) == session.pairing(pairing_mark(OTHER_ID))
    assert session.pairing(pairing_mark(b"a stranger's")) is None
    assert session.pairing_of_code("HHHHHHHH") is None


async def test_what_is_learned_of_an_earlier_code_does_not_make_it_the_latest(
    sessions: Sessions, clock: HandClock
) -> None:
    cookie = sessions.new_cookie()
    await sessions.bind_grant(cookie, GRANT_ID, "WDJBMJHT")
    clock.now += 1
    await sessions.bind_grant(cookie, OTHER_ID, "BCDFGHJK")
    earlier = (await sessions.load(cookie)).pairings[1]
    await sessions.set_arrival(cookie, earlier, "{}")
    assert (await sessions.load(cookie)).pairings[1] == replace(earlier, arrival="{}")


async def test_browser_is_the_same_one_for_two_look_ups_at_once(sessions: Sessions) -> None:
    """Or a double tap would look like two people who entered the code."""
    cookie = sessions.new_cookie()
    await asyncio.gather(*[sessions.bind_grant(cookie, GRANT_ID, "WDJBMJHT") for _ in range(2)])
    assert (await sessions.load(cookie)).browser_id == (await sessions.load(cookie)).browser_id is not None


async def test_signing_in_changes_the_cookie_and_carries_the_code_over(
    sessions: Sessions, alice: User, clock: HandClock
) -> None:
    """No session fixation: the old cookie is invalid after the sign-in."""
    before = sessions.new_cookie()
    await sessions.bind_grant(before, GRANT_ID, "WDJBMJHT", '{"entry":"typed"}')
    clock.now += 1
    await sessions.bind_grant(before, OTHER_ID, "BCDFGHJK")
    looked_up = await sessions.load(before)
    after = await sessions.sign_in(before, alice)
    assert after != before
    assert await sessions.load(before) == BrowserSession(successor=after)
    assert await sessions.load(after) == replace(looked_up, user=alice, auth_time=clock.now)
    assert not sessions.csrf_matches(after, sessions.csrf_token(before))


async def test_signing_in_again_changes_the_cookie_again(sessions: Sessions, alice: User) -> None:
    first = await sessions.sign_in(sessions.new_cookie(), alice)
    second = await sessions.sign_in(first, alice)
    assert (await sessions.load(first)).user is None
    assert (await sessions.load(second)).user_id == alice.user_id


async def test_signing_out_leaves_nothing(sessions: Sessions, alice: User, store: SqliteStore) -> None:
    cookie = await sessions.sign_in(sessions.new_cookie(), alice)
    await sessions.bind_grant(cookie, GRANT_ID, "WDJBMJHT")
    after = await sessions.sign_out(cookie)
    assert after is not None
    assert await sessions.load(cookie) == BrowserSession(successor=after)
    assert await sessions.load(after) == BrowserSession()
    assert await store.session_pairings(digest(cookie)) == []


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
    assert session.pairings == ()


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
    (stored,) = await store.session_pairings(digest(cookie))
    await store.put_session_pairing(replace(stored, sealed_user_code=b"altered by someone with the database"))
    assert (await sessions.load(cookie)).pairings == ()


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
        assert loaded.user is None
        assert codes(loaded) == [(GRANT_ID, "WDJBMJHT")]


class TestSuccessor:
    """A second tap on a button still sends the cookie of the session that the first one has ended."""

    async def test_second_sign_in_leads_to_the_session_of_the_first(
        self, sessions: Sessions, alice: User
    ) -> None:
        cookie = sessions.new_cookie()
        await sessions.bind_grant(cookie, GRANT_ID, "WDJBMJHT")
        first = await sessions.sign_in(cookie, alice)
        assert await sessions.sign_in(cookie, alice) == first
        assert codes(await sessions.load(first)) == [(GRANT_ID, "WDJBMJHT")]

    @pytest.mark.parametrize("has_looked_a_code_up", [True, False])
    async def test_sign_ins_at_once_start_one_session(
        self, sessions: Sessions, alice: User, *, has_looked_a_code_up: bool
    ) -> None:
        cookie = sessions.new_cookie()
        if has_looked_a_code_up:
            await sessions.bind_grant(cookie, GRANT_ID, "WDJBMJHT")
        assert len(set(await asyncio.gather(*[sessions.sign_in(cookie, alice) for _ in range(5)]))) == 1

    async def test_another_person_gets_a_session_of_their_own(
        self, sessions: Sessions, people: People, alice: User
    ) -> None:
        """An attacker who planted the cookie signs in as themselves, and learns nothing of the victim's."""
        planted = sessions.new_cookie()
        await sessions.bind_grant(planted, GRANT_ID, "WDJBMJHT")
        victims = await sessions.sign_in(planted, alice)
        mallory = await people.add("mallory", Secret("battery staple"))
        own = await sessions.sign_in(planted, mallory)
        assert own != victims
        session = await sessions.load(own)
        assert (session.user, session.pairings) == (mallory, ())

    async def test_old_cookie_alone_never_leads_to_the_signed_in_session(
        self, sessions: Sessions, alice: User
    ) -> None:
        planted = sessions.new_cookie()
        await sessions.sign_in(planted, alice)
        assert (await sessions.load(planted)).user is None
        assert await sessions.sign_out(planted) is None

    async def test_is_led_to_for_a_minute(self, sessions: Sessions, alice: User, clock: HandClock) -> None:
        cookie = sessions.new_cookie()
        first = await sessions.sign_in(cookie, alice)
        clock.now += SUCCESSION - 1
        assert await sessions.sign_in(cookie, alice) == first
        clock.now += 1
        assert await sessions.load(cookie) == BrowserSession()
        assert await sessions.sign_in(cookie, alice) != first
        assert (await sessions.load(first)).user == alice

    async def test_is_not_led_to_once_its_user_has_a_new_password(
        self, sessions: Sessions, people: People, alice: User
    ) -> None:
        cookie = sessions.new_cookie()
        ended = await sessions.sign_in(cookie, alice)
        await people.set_password("alice", Secret("battery staple"))
        signed_in = await people.sign_in("alice", Secret("battery staple"))
        assert signed_in is not None
        after = await sessions.sign_in(cookie, signed_in)
        assert after != ended
        assert (await sessions.load(after)).user == signed_in

    async def test_second_sign_out_leads_to_the_anonymous_session_of_the_first(
        self, sessions: Sessions, alice: User
    ) -> None:
        cookie = await sessions.sign_in(sessions.new_cookie(), alice)
        await sessions.bind_grant(cookie, GRANT_ID, "WDJBMJHT", "{}")
        looked_up = await sessions.load(cookie)
        first = await sessions.sign_out(cookie, keeps_pairings=True)
        assert first is not None
        assert await sessions.sign_out(cookie, keeps_pairings=True) == first
        assert await sessions.load(first) == replace(looked_up, user=None, auth_time=None)

    async def test_second_sign_out_does_not_lead_to_a_person_who_signed_in_since(
        self, sessions: Sessions, alice: User
    ) -> None:
        cookie = await sessions.sign_in(sessions.new_cookie(), alice)
        anonymous = await sessions.sign_out(cookie, keeps_pairings=True)
        assert anonymous is not None
        await sessions.sign_in(anonymous, alice)
        assert await sessions.sign_out(cookie, keeps_pairings=True) is None

    async def test_ended_session_takes_no_code(self, sessions: Sessions, alice: User) -> None:
        """Otherwise a person who planted the cookie could show the victim a code of theirs."""
        planted = sessions.new_cookie()
        victims = await sessions.sign_in(planted, alice)
        await sessions.bind_grant(planted, GRANT_ID, "WDJBMJHT")
        assert (await sessions.load(planted)).pairings == (await sessions.load(victims)).pairings == ()

    async def test_look_up_during_a_sign_out_does_not_bring_the_session_back(
        self, sessions: Sessions, alice: User
    ) -> None:
        cookie = await sessions.sign_in(sessions.new_cookie(), alice)
        await asyncio.gather(
            sessions.bind_grant(cookie, GRANT_ID, "WDJBMJHT"),
            sessions.put_upstream_attempt(cookie, b"{}"),
            sessions.sign_out(cookie),
        )
        assert (await sessions.load(cookie)).user is None

    async def test_altered_in_the_store_is_none(
        self, sessions: Sessions, alice: User, store: SqliteStore, clock: HandClock
    ) -> None:
        cookie = sessions.new_cookie()
        await sessions.sign_in(cookie, alice)
        clock.now += 1
        row = await store.session(digest(cookie))
        assert row is not None
        await store.remove_session(digest(cookie))
        await store.add_session(replace(row, sealed_successor=b"altered"))
        assert await sessions.load(cookie) == BrowserSession()
        assert (await sessions.load(await sessions.sign_in(cookie, alice))).user == alice


class TestUpstreamAttempt:
    async def test_replaces_the_one_that_was_read(self, sessions: Sessions) -> None:
        cookie = sessions.new_cookie()
        assert await sessions.put_upstream_attempt(cookie, b"1")
        assert not await sessions.put_upstream_attempt(cookie, b"2")
        assert await sessions.upstream_attempt(cookie) == b"1"
        assert await sessions.put_upstream_attempt(cookie, b"2", expected=b"1")
        assert await sessions.upstream_attempt(cookie) == b"2"
