"""What a store promises about the sessions of browsers, on both engines."""

import asyncio
from dataclasses import replace

import pytest

from pairgrant_server.authorization_server.model.records import SessionPairing, WebSession
from pairgrant_server.authorization_server.store.interface.store import Store
from tests.store.sample_records import ALICE, NOW

PAIRING = SessionPairing(b"s" * 32, b"g" * 16, b"sealed code", NOW)


@pytest.fixture
async def known(store: Store) -> Store:
    """A store with the user of the sessions."""
    assert await store.add_user(ALICE)
    return store


class TestSessions:
    async def test_session_is_added_once_and_removed(self, known: Store) -> None:
        first = WebSession(b"s" * 32, NOW, NOW + 60, browser_id="b1")
        assert await known.add_session(first)
        assert not await known.add_session(replace(first, browser_id="b2"))
        assert await known.session(b"s" * 32) == first
        await known.remove_session(b"s" * 32)
        assert await known.session(b"s" * 32) is None

    async def test_expired_session_is_replaced_with_its_pairings(self, known: Store) -> None:
        await known.add_session(WebSession(b"s" * 32, NOW, NOW + 60))
        assert await known.put_session_pairing(PAIRING)
        later = WebSession(b"s" * 32, NOW + 60, NOW + 120)
        assert await known.add_session(later)
        assert await known.session(b"s" * 32) == later
        assert await known.session_pairings(b"s" * 32) == []

    async def test_sign_in_under_way_replaces_the_one_that_was_read(self, known: Store) -> None:
        await known.add_session(WebSession(b"s" * 32, NOW, NOW + 60))
        assert not await known.set_session_upstream(b"u" * 32, b"1", expected=None)
        assert await known.set_session_upstream(b"s" * 32, b"1", expected=None)
        assert not await known.set_session_upstream(b"s" * 32, b"2", expected=None)
        assert await known.set_session_upstream(b"s" * 32, b"2", expected=b"1")
        session = await known.session(b"s" * 32)
        assert session is not None
        assert session.sealed_upstream == b"2"


class TestSuccessorOfASession:
    OLD = WebSession(b"s" * 32, NOW, NOW + 600, user_id="u1", auth_time=NOW, sealed_upstream=b"sealed")
    ENDED = WebSession(b"s" * 32, NOW + 1, NOW + 61, sealed_successor=b"sealed cookie")
    NEW = WebSession(b"n" * 32, NOW + 1, NOW + 601, user_id="u1", auth_time=NOW + 1)

    async def test_takes_the_place_of_the_session(self, known: Store) -> None:
        await known.add_session(self.OLD)
        await known.put_session_pairing(PAIRING)
        carried_over = replace(PAIRING, session_digest=b"n" * 32, sealed_user_code=b"sealed again")
        assert await known.supersede_session(self.ENDED, self.NEW, [carried_over])
        assert await known.session(b"s" * 32) == self.ENDED
        assert await known.session(b"n" * 32) == self.NEW
        assert await known.session_pairings(b"s" * 32) == []
        assert await known.session_pairings(b"n" * 32) == [carried_over]

    async def test_of_a_session_that_was_never_stored(self, known: Store) -> None:
        assert await known.supersede_session(self.ENDED, None, [])
        assert await known.session(b"s" * 32) == self.ENDED

    async def test_there_is_only_one(self, known: Store) -> None:
        await known.add_session(self.OLD)
        others = [replace(self.NEW, session_digest=bytes([n]) * 32) for n in range(5)]
        ended = [replace(self.ENDED, sealed_successor=b"sealed %d" % n) for n in range(5)]
        won = await asyncio.gather(*map(known.supersede_session, ended, others, [()] * 5))
        assert sorted(won) == [False] * 4 + [True]
        stored = [await known.session(other.session_digest) for other in others]
        assert stored == [other if has_won else None for other, has_won in zip(others, won, strict=True)]

    async def test_expired_one_is_replaced(self, known: Store) -> None:
        assert await known.supersede_session(self.ENDED, None, [])
        later = replace(self.ENDED, created_at=NOW + 61, expires_at=NOW + 121, sealed_successor=b"later")
        assert await known.supersede_session(later, None, [])
        assert await known.session(b"s" * 32) == later

    async def test_ended_session_takes_no_pairing_and_no_sign_in(self, known: Store) -> None:
        await known.supersede_session(self.ENDED, None, [])
        assert not await known.put_session_pairing(PAIRING)
        assert not await known.set_session_upstream(b"s" * 32, b"1", expected=None)


class TestSessionPairings:
    @pytest.fixture
    async def session(self, known: Store) -> Store:
        await known.add_session(WebSession(b"s" * 32, NOW, NOW + 60))
        return known

    async def test_newest_comes_first(self, session: Store) -> None:
        many = [replace(PAIRING, grant_id=bytes([n]) * 16, looked_up_at=NOW + n % 3) for n in range(5)]
        for pairing in many:
            assert await session.put_session_pairing(pairing)
        assert await session.session_pairings(b"s" * 32) == [many[n] for n in (2, 4, 1, 3, 0)]

    async def test_code_that_is_looked_up_again_is_one_pairing(self, session: Store) -> None:
        await session.put_session_pairing(PAIRING)
        again = replace(PAIRING, looked_up_at=NOW + 1, arrival="{}", sealed_user_code=b"again")
        assert await session.put_session_pairing(again)
        assert await session.session_pairings(b"s" * 32) == [again]

    async def test_the_oldest_beyond_eight_goes(self, session: Store) -> None:
        many = [replace(PAIRING, grant_id=bytes([n]) * 16, looked_up_at=NOW + n) for n in range(10)]
        for pairing in many:
            await session.put_session_pairing(pairing)
        assert await session.session_pairings(b"s" * 32) == many[:1:-1]

    async def test_unknown_session_has_none(self, known: Store) -> None:
        assert not await known.put_session_pairing(PAIRING)
        assert await known.session_pairings(b"s" * 32) == []

    async def test_end_with_their_session(self, session: Store) -> None:
        await session.put_session_pairing(PAIRING)
        await session.remove_session(b"s" * 32)
        assert await session.session_pairings(b"s" * 32) == []
