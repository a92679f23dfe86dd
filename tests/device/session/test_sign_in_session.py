"""A signed-in session: a valid access token, a refresh token that survives errors, and one clear end."""

import asyncio
import errno
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from pairgrant.device import Device
from pairgrant.errors import (
    ClientRefusedError,
    NotSignedInError,
    PairgrantError,
    ServerBusyError,
    SignInEndedError,
    TemporaryError,
    TokenRejectedError,
    TokensKeptError,
)
from pairgrant.session.sign_in_session import SignInSession
from pairgrant.session.stored_tokens import StoredTokens
from pairgrant.session.token_store import FileTokenStore
from pairgrant_protocol.secret import Secret
from tests.device.manual_clock import ManualClock
from tests.device.simulated_server import SimulatedServer

Stored = Callable[..., StoredTokens]
Keep = Callable[[StoredTokens], None]
Open = Callable[..., SignInSession]


@pytest.fixture
def signed_in(device: Device, stored: Stored, keep: Keep, server: SimulatedServer) -> Open:
    """``signed_in(**changes)``: the session of tokens in the store; the server would refresh them."""
    server.on("/token", *(server.says(server.tokens(number)) for number in range(1, 9)))

    def open_session(**changes: Any) -> SignInSession:
        keep(stored(**changes))
        session = device.stored_session()
        assert session is not None
        return session

    return open_session


def open_to_others(store: FileTokenStore) -> None:
    """Make the store one that is refused."""
    Path(store.location).chmod(0o644)


def refreshes(server: SimulatedServer) -> int:
    return len(server.asked("/token"))


class TestStored:
    async def test_no_session_without_stored_tokens(self, device: Device) -> None:
        assert device.stored_session() is None

    async def test_age_of_stored_tokens_counts(self, signed_in: Open, manual_clock: ManualClock) -> None:
        session = signed_in(obtained_at=manual_clock.unix - 100)
        assert session.lifetime.expires_at == manual_clock.time + 500
        assert session.next_refresh_at == manual_clock.time + 380


class TestAccessToken:
    async def test_young_access_token_is_used_without_a_refresh(
        self, server: SimulatedServer, signed_in: Open
    ) -> None:
        assert await signed_in().access_token() == Secret("access-0")
        assert server.requests == []

    async def test_old_access_token_is_refreshed_and_saved_before_use(
        self, signed_in: Open, manual_clock: ManualClock, store: FileTokenStore
    ) -> None:
        session = signed_in()
        await manual_clock.pass_time(481)
        assert await session.access_token() == Secret("access-1")
        kept = store.load()
        assert kept is not None
        assert (kept.access_token, kept.refresh_token) == (Secret("access-1"), Secret("refresh-1"))
        assert kept.obtained_at == manual_clock.unix

    async def test_concurrent_callers_refresh_once(
        self, server: SimulatedServer, signed_in: Open, manual_clock: ManualClock
    ) -> None:
        session = signed_in()
        await manual_clock.pass_time(481)
        tokens = await asyncio.gather(*(session.access_token() for _ in range(10)))
        assert set(tokens) == {Secret("access-1")}
        assert refreshes(server) == 1

    async def test_access_token_is_used_until_it_expires_if_a_refresh_fails(
        self, server: SimulatedServer, signed_in: Open, manual_clock: ManualClock
    ) -> None:
        session = signed_in()
        server.on("/token", server.fails(httpx.ConnectError))
        await manual_clock.pass_time(599)
        assert await session.access_token() == Secret("access-0")
        assert session.last_error is not None
        await manual_clock.pass_time(1)
        with pytest.raises(TemporaryError):
            await session.access_token()

    async def test_failed_refresh_is_not_repeated_before_its_backoff(
        self, server: SimulatedServer, signed_in: Open, manual_clock: ManualClock
    ) -> None:
        session = signed_in()
        server.on("/token", server.says(b"", 503, Retry_After="50"))
        await manual_clock.pass_time(481)
        for _ in range(5):
            await session.access_token()
            await manual_clock.pass_time(9)
        assert refreshes(server) == 1

    async def test_refresh_token_is_not_spent_while_new_tokens_could_not_be_stored(
        self,
        server: SimulatedServer,
        signed_in: Open,
        manual_clock: ManualClock,
        request: pytest.FixtureRequest,
    ) -> None:
        session = signed_in()
        await manual_clock.pass_time(481)
        end_of_full_disk = request.getfixturevalue("full_disk")
        assert await session.access_token() == Secret("access-0")
        assert "can't be written" in (session.last_error or "")
        assert refreshes(server) == 0
        end_of_full_disk()
        await session.refresh()
        assert await session.access_token() == Secret("access-1")

    async def test_sign_in_without_refresh_token_ends_with_its_access_token(
        self, server: SimulatedServer, signed_in: Open, manual_clock: ManualClock
    ) -> None:
        session = signed_in(refresh_token=None)
        await manual_clock.pass_time(599)
        assert await session.access_token() == Secret("access-0")
        await manual_clock.pass_time(1)
        with pytest.raises(SignInEndedError, match="offline_access"):
            await session.access_token()
        assert refreshes(server) == 0


class TestKeepFresh:
    @staticmethod
    def start(session: SignInSession) -> "asyncio.Task[None]":
        return asyncio.create_task(session.keep_fresh())

    async def test_tokens_are_refreshed_at_four_fifths_of_their_lifetime(
        self, server: SimulatedServer, signed_in: Open, manual_clock: ManualClock
    ) -> None:
        session = signed_in()
        running = self.start(session)
        await manual_clock.pass_time(479)
        assert refreshes(server) == 0
        await manual_clock.pass_time(2)
        assert refreshes(server) == 1
        await manual_clock.pass_time(480 * 2)
        assert (refreshes(server), session.refresh_count) == (3, 3)
        running.cancel()

    async def test_suspend_longer_than_the_lifetime_is_survived(
        self, signed_in: Open, manual_clock: ManualClock
    ) -> None:
        session = signed_in()
        running = self.start(session)
        await manual_clock.settle()
        manual_clock.suspend(8 * 3600)
        await manual_clock.pass_time(2)
        assert await session.access_token() == Secret("access-1")
        running.cancel()

    @pytest.mark.parametrize("status", [429, 500, 502, 503])
    async def test_failed_refreshes_keep_the_tokens_and_back_off(
        self,
        server: SimulatedServer,
        signed_in: Open,
        manual_clock: ManualClock,
        store: FileTokenStore,
        status: int,
    ) -> None:
        session = signed_in()
        server.on("/token", server.says(b"", status))
        running = self.start(session)
        await manual_clock.pass_time(480 + 5 + 10 + 20 + 40 + 1)
        assert refreshes(server) == 5
        kept = store.load()
        assert kept is not None
        assert kept.refresh_token == Secret("refresh-0")
        server.on("/token", server.says(server.tokens(1)))
        await manual_clock.pass_time(80)
        assert (session.last_error, await session.access_token()) == (None, Secret("access-1"))
        running.cancel()

    async def test_refused_client_keeps_its_refresh_token(
        self, server: SimulatedServer, signed_in: Open, manual_clock: ManualClock, store: FileTokenStore
    ) -> None:
        session = signed_in()
        server.on("/token", server.says({"error": "invalid_client"}, 401))
        running = self.start(session)
        await manual_clock.pass_time(600)
        assert session.last_error is not None
        assert "--client-id" in session.last_error
        assert store.load() is not None
        running.cancel()

    async def test_invalid_grant_ends_the_sign_in_and_deletes_the_tokens(
        self, server: SimulatedServer, signed_in: Open, manual_clock: ManualClock, store: FileTokenStore
    ) -> None:
        session = signed_in()
        server.on("/token", server.says({"error": "invalid_grant"}, 400))
        running = self.start(session)
        await manual_clock.pass_time(481)
        with pytest.raises(SignInEndedError):
            await running
        assert store.load() is None

    async def test_keep_fresh_without_refresh_token_ends_when_the_access_token_expires(
        self, signed_in: Open, manual_clock: ManualClock, store: FileTokenStore
    ) -> None:
        running = self.start(signed_in(refresh_token=None))
        await manual_clock.pass_time(599)
        assert not running.done()
        await manual_clock.pass_time(2)
        with pytest.raises(SignInEndedError):
            await running
        assert store.load() is None

    async def test_new_sign_in_by_another_process_is_adopted(
        self, signed_in: Open, manual_clock: ManualClock, stored: Stored, keep: Keep
    ) -> None:
        session = signed_in(refresh_token=None)
        running = self.start(session)
        await manual_clock.pass_time(500)
        keep(stored(access_token=Secret("access-9"), obtained_at=manual_clock.unix))
        await manual_clock.pass_time(101)
        assert await session.access_token() == Secret("access-9")
        running.cancel()

    async def test_tokens_without_lifetime_are_refreshed_at_most_once_a_second(
        self, server: SimulatedServer, signed_in: Open, manual_clock: ManualClock
    ) -> None:
        session = signed_in(expires_in=0)
        server.on("/token", server.says(server.tokens(1, expires_in=0)))
        running = self.start(session)
        await manual_clock.pass_time(10)
        assert refreshes(server) <= 11
        running.cancel()

    async def test_unusable_store_is_retried_with_backoff(
        self, signed_in: Open, manual_clock: ManualClock, store: FileTokenStore
    ) -> None:
        session = signed_in(refresh_token=None, expires_in=10)
        open_to_others(store)
        running = self.start(session)
        await manual_clock.pass_time(11)
        assert session.next_refresh_at is not None
        assert session.next_refresh_at > manual_clock.time
        assert session.last_error is not None
        running.cancel()

    async def test_token_without_expiry_is_not_refreshed(
        self, server: SimulatedServer, signed_in: Open, manual_clock: ManualClock
    ) -> None:
        running = self.start(signed_in(expires_in=None))
        await manual_clock.pass_time(3000)
        assert refreshes(server) == 0
        running.cancel()


class TestOtherProcesses:
    async def test_tokens_refreshed_by_another_process_are_adopted(
        self, server: SimulatedServer, signed_in: Open, manual_clock: ManualClock, stored: Stored, keep: Keep
    ) -> None:
        session = signed_in()
        await manual_clock.pass_time(481)
        keep(stored(access_token=Secret("access-7"), obtained_at=manual_clock.unix))
        assert await session.access_token() == Secret("access-7")
        assert refreshes(server) == 0

    async def test_second_of_two_refreshes_waits_and_adopts(
        self, server: SimulatedServer, device: Device, signed_in: Open, manual_clock: ManualClock
    ) -> None:
        first, second = signed_in(), device.stored_session()
        assert second is not None
        await manual_clock.pass_time(481)
        both = asyncio.gather(first.access_token(), second.access_token())
        await manual_clock.pass_time(1)
        assert set(await both) == {Secret("access-1")}
        assert refreshes(server) == 1

    async def test_sign_out_by_another_process_ends_the_session(
        self, device: Device, signed_in: Open, manual_clock: ManualClock
    ) -> None:
        session, other = signed_in(), device.stored_session()
        assert other is not None
        await other.sign_out()
        await manual_clock.pass_time(481)
        with pytest.raises(SignInEndedError, match="Another program"):
            await session.access_token()


class TestRefresh:
    async def test_requested_refresh_happens_at_any_age(
        self, server: SimulatedServer, signed_in: Open
    ) -> None:
        session = signed_in()
        await session.refresh()
        assert (session.refresh_count, refreshes(server)) == (1, 1)

    async def test_refresh_without_refresh_token_says_why_not(self, signed_in: Open) -> None:
        session = signed_in(refresh_token=None)
        with pytest.raises(NotSignedInError, match="offline_access"):
            await session.refresh()
        assert await session.access_token() == Secret("access-0")

    async def test_refresh_completes_after_its_caller_is_cancelled(
        self, server: SimulatedServer, signed_in: Open, store: FileTokenStore
    ) -> None:
        arrived, go_on = asyncio.Event(), asyncio.Event()
        session = signed_in()

        class Slow(httpx.AsyncByteStream):
            async def __aiter__(self) -> AsyncIterator[bytes]:
                arrived.set()
                await go_on.wait()
                yield b'{"access_token": "access-1", "token_type": "Bearer", "refresh_token": "refresh-1"}'

        server.on("/token", lambda _request: httpx.Response(200, stream=Slow()))
        asking = asyncio.create_task(session.refresh())
        await arrived.wait()
        asking.cancel()
        settling = asyncio.create_task(session.settle())
        go_on.set()
        await settling
        kept = store.load()
        assert kept is not None
        assert kept.refresh_token == Secret("refresh-1")

    async def test_tokens_that_cannot_be_saved_are_used_from_memory_and_saved_later(
        self,
        server: SimulatedServer,
        signed_in: Open,
        manual_clock: ManualClock,
        store: FileTokenStore,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        session = signed_in()
        running = asyncio.create_task(session.keep_fresh())
        real = os.fsync

        def full(_descriptor: int) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr(os, "fsync", full)
        await manual_clock.pass_time(481)
        assert await session.access_token() == Secret("access-1")
        assert "no space" in str(session.last_error)
        monkeypatch.setattr(os, "fsync", real)
        await manual_clock.pass_time(6)
        kept = store.load()
        assert kept is not None
        assert (kept.refresh_token, session.last_error, refreshes(server)) == (Secret("refresh-1"), None, 1)
        running.cancel()


class TestCall:
    """What a resource server says to a token (RFC 6750 §3.1)."""

    @staticmethod
    def resource(*accepted: str) -> tuple[list[str], Callable[[Secret], Awaitable[str]]]:
        seen: list[str] = []

        async def request(token: Secret) -> str:
            seen.append(token.reveal())
            if token.reveal() not in accepted:
                raise TokenRejectedError("no")
            return "yes"

        return seen, request

    async def test_rejected_access_token_is_refreshed_once(
        self, server: SimulatedServer, signed_in: Open
    ) -> None:
        seen, request = self.resource("access-1")
        assert await signed_in().call(request) == "yes"
        assert (seen, refreshes(server)) == (["access-0", "access-1"], 1)

    async def test_new_access_token_that_is_rejected_is_not_refreshed_again(
        self, server: SimulatedServer, signed_in: Open
    ) -> None:
        seen, request = self.resource()
        with pytest.raises(TokenRejectedError):
            await signed_in().call(request)
        assert (len(seen), refreshes(server)) == (2, 1)

    async def test_concurrent_rejections_refresh_once(self, server: SimulatedServer, signed_in: Open) -> None:
        _, request = self.resource("access-1")
        session = signed_in()
        assert await asyncio.gather(*(session.call(request) for _ in range(5))) == ["yes"] * 5
        assert refreshes(server) == 1

    async def test_rejection_is_raised_without_a_refresh_token(self, signed_in: Open) -> None:
        _, request = self.resource()
        with pytest.raises(TokenRejectedError):
            await signed_in(refresh_token=None).call(request)


class TestSignOut:
    async def test_sign_out_revokes_the_refresh_token_and_deletes_the_file(
        self, server: SimulatedServer, signed_in: Open, store: FileTokenStore
    ) -> None:
        await signed_in().sign_out()
        assert [form["token"] for form in server.forms("/revoke")] == ["refresh-0"]
        assert store.load() is None

    async def test_sign_out_without_refresh_token_revokes_the_access_token(
        self, server: SimulatedServer, signed_in: Open
    ) -> None:
        await signed_in(refresh_token=None).sign_out()
        assert [form["token_type_hint"] for form in server.forms("/revoke")] == ["access_token"]

    async def test_sign_out_revokes_the_tokens_that_another_process_refreshed(
        self, server: SimulatedServer, signed_in: Open, stored: Stored, keep: Keep
    ) -> None:
        session = signed_in()
        keep(stored(refresh_token=Secret("refresh-7")))
        await session.sign_out()
        assert [form["token"] for form in server.forms("/revoke")] == ["refresh-7"]

    @pytest.mark.parametrize("error", [ServerBusyError, ClientRefusedError, TemporaryError])
    async def test_sign_out_deletes_the_file_if_the_server_is_unreachable(
        self, server: SimulatedServer, signed_in: Open, store: FileTokenStore, error: type[PairgrantError]
    ) -> None:
        replies = {
            ServerBusyError: server.says(b"", 503),
            ClientRefusedError: server.says({}, 401),
            TemporaryError: server.fails(httpx.ConnectError),
        }
        server.on("/revoke", replies[error])
        with pytest.raises(PairgrantError):
            await signed_in().sign_out()
        assert store.load() is None

    async def test_tokens_that_others_could_read_are_revoked_and_deleted(
        self, server: SimulatedServer, signed_in: Open, store: FileTokenStore
    ) -> None:
        session = signed_in()
        open_to_others(store)
        await session.sign_out()
        assert [form["token"] for form in server.forms("/revoke")] == ["refresh-0"]
        assert store.load() is None

    async def test_sign_out_where_nothing_can_be_changed_revokes_and_says_that_the_file_stays(
        self, server: SimulatedServer, signed_in: Open, store: FileTokenStore
    ) -> None:
        session = signed_in()
        Path(store.location).parent.chmod(0o777)
        with pytest.raises(TokensKeptError, match=r"^The tokens are revoked .* stays\. .*chmod 700"):
            await session.sign_out()
        assert [form["token"] for form in server.forms("/revoke")] == ["refresh-0"]

    async def test_sign_out_that_neither_revokes_nor_deletes_says_so(
        self, server: SimulatedServer, signed_in: Open, store: FileTokenStore
    ) -> None:
        session = signed_in()
        server.on("/revoke", server.says(b"", 503))
        Path(store.location).parent.chmod(0o777)
        with pytest.raises(TokensKeptError, match=r"neither revoked .* nor deleted here\. .*chmod 700"):
            await session.sign_out()
