"""The library: a pairing with its events and ends, and tokens that httpx sends and that are refreshed."""

import asyncio
import gc
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import httpx
import pytest

import pairgrant
from pairgrant import Client, MemoryStore, SyncClient
from tests.device.fake_server import FakeServer
from tests.device.running_command import PATIENCE, fast_clock

Start = Callable[..., FakeServer]


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pairgrant.device.system_clock", fast_clock)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture
def server(start_server: Start) -> FakeServer:
    return start_server()


@pytest.fixture
async def client(server: FakeServer) -> AsyncIterator[Client]:
    async with Client(server.issuer, "lobby-tv") as client:
        yield client


async def signed_in(client: Client, server: FakeServer) -> pairgrant.StoredTokens:
    async with client.pair() as pairing:
        server.person("approve")
        return await pairing.tokens()


class TestPair:
    async def test_code_can_be_shown_before_anything_is_polled(
        self, client: Client, server: FakeServer
    ) -> None:
        async with client.pair() as pairing:
            assert pairing.user_code == "WDJB-MJHT"
            assert pairing.verification_uri == f"{server.issuer}/device"
            assert pairing.verification_uri_complete == f"{server.issuer}/D/WDJBMJHT"
            assert pairing.expires_in == 600
        assert server.seen("/token") == 0

    async def test_approved_pairing_gives_the_tokens_that_are_stored(
        self, client: Client, server: FakeServer
    ) -> None:
        tokens = await signed_in(client, server)
        assert tokens.scope == ("openid", "profile", "board:read")
        assert client.stored_tokens() == tokens
        assert tokens.access_token.reveal() not in repr(tokens)

    @pytest.mark.parametrize(
        ("decision", "error"), [("deny", pairgrant.DeniedError), ("expire", pairgrant.ExpiredError)]
    )
    async def test_other_end_is_an_error(
        self, client: Client, server: FakeServer, decision: str, error: type[pairgrant.PairgrantError]
    ) -> None:
        async with client.pair() as pairing:
            server.person(decision)
            with pytest.raises(error):
                await pairing.tokens()
        assert client.stored_tokens() is None

    async def test_events_are_an_iterator_that_ends_with_the_pairing(
        self, client: Client, server: FakeServer
    ) -> None:
        async with client.pair(shows_number=True) as pairing:
            server.person("number/47")
            seen = []
            async for event in pairing.events():
                seen.append(event)
                server.person("approve")
            assert pairgrant.NumberShown("47") in seen
            assert await pairing.next_event() is None
            assert (await pairing.tokens()).scope

    async def test_caller_that_stops_waiting_can_go_on_later(
        self, client: Client, server: FakeServer
    ) -> None:
        async with client.pair() as pairing:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.01):
                    await pairing.tokens()
            server.person("approve")
            assert (await pairing.tokens()).scope

    async def test_leaving_a_pairing_early_stops_its_polls_without_a_warning(
        self, client: Client, server: FakeServer
    ) -> None:
        async with client.pair() as pairing:
            events = pairing.events()
            await anext(events)
        gc.collect()
        assert asyncio.all_tasks() == {asyncio.current_task()}

    async def test_failure_that_nobody_asked_for_causes_no_warning(
        self, client: Client, server: FakeServer
    ) -> None:
        async with client.pair() as pairing:
            server.person("deny")
            async for _ in pairing.events():
                pass
        gc.collect()

    async def test_server_that_cannot_be_reached_is_an_error(self, server: FakeServer) -> None:
        server.person("down")
        async with Client(server.issuer, "lobby-tv") as client:
            with pytest.raises(pairgrant.TemporaryError):
                async with client.pair():
                    pass

    async def test_client_that_is_not_open_says_how_to_open_it(self, server: FakeServer) -> None:
        client = Client(server.issuer, "lobby-tv")
        with pytest.raises(RuntimeError, match="async with Client"):
            client.stored_tokens()

    def test_invalid_setting_is_an_error_at_once(self) -> None:
        with pytest.raises(pairgrant.DeviceSettingsError, match="issuer"):
            Client("nonsense", "lobby-tv")


class TestStorage:
    async def test_file_is_found_by_the_next_client(self, server: FakeServer, tmp_path: Path) -> None:
        path = tmp_path / "state" / "tokens.json"
        async with Client(server.issuer, "lobby-tv", storage=path) as client:
            tokens = await signed_in(client, server)
        async with Client(server.issuer, "lobby-tv", storage=str(path)) as again:
            assert again.stored_tokens() == tokens
        assert path.stat().st_mode & 0o077 == 0

    async def test_storage_of_the_program_is_used(self, server: FakeServer) -> None:
        store = MemoryStore()
        async with Client(server.issuer, "lobby-tv", storage=store) as client:
            tokens = await signed_in(client, server)
        assert store.load() == tokens

    async def test_clients_side_by_side_share_nothing(self, server: FakeServer) -> None:
        async with Client(server.issuer, "lobby-tv") as one, Client(server.issuer, "lobby-tv") as other:
            await signed_in(one, server)
            assert other.stored_tokens() is None

    async def test_sign_out_revokes_and_deletes(self, client: Client, server: FakeServer) -> None:
        await client.sign_out(await signed_in(client, server))
        assert (server.seen("/revoke"), client.stored_tokens()) == (1, None)

    async def test_user_is_named(self, client: Client, server: FakeServer) -> None:
        assert (await client.userinfo(await signed_in(client, server))).display_name == "Ada Lovelace"


class TestAuth:
    async def test_request_carries_the_token(self, client: Client, server: FakeServer) -> None:
        auth = client.auth(await signed_in(client, server))
        async with httpx.AsyncClient(auth=auth, trust_env=False, timeout=PATIENCE) as http:
            assert (await http.get(f"{server.issuer}/board/notices")).json() == {"notices": []}

    async def test_rejected_token_is_refreshed_once_for_all_requests(
        self, client: Client, server: FakeServer
    ) -> None:
        auth = client.auth(await signed_in(client, server))
        server.person("forget-access")
        asked = server.seen("/token")
        async with httpx.AsyncClient(auth=auth, trust_env=False, timeout=PATIENCE) as http:
            responses = await asyncio.gather(*(http.get(f"{server.issuer}/board/notices") for _ in range(5)))
        assert {response.status_code for response in responses} == {200}
        assert server.seen("/token") - asked == 1
        assert client.stored_tokens() is not None

    async def test_ended_sign_in_is_an_error_and_not_a_loop(self, client: Client, server: FakeServer) -> None:
        auth = client.auth(await signed_in(client, server))
        server.person("revoke")
        async with httpx.AsyncClient(auth=auth, trust_env=False, timeout=PATIENCE) as http:
            with pytest.raises(pairgrant.SignInEndedError):
                await http.get(f"{server.issuer}/board/notices")
        assert client.stored_tokens() is None

    async def test_stored_tokens_are_the_default(self, client: Client, server: FakeServer) -> None:
        with pytest.raises(pairgrant.NotSignedInError):
            client.auth()
        await signed_in(client, server)
        async with httpx.AsyncClient(auth=client.auth(), trust_env=False, timeout=PATIENCE) as http:
            assert (await http.get(f"{server.issuer}/userinfo")).json()["sub"] == "1"

    async def test_client_without_an_event_loop_is_told_what_to_use(
        self, client: Client, server: FakeServer
    ) -> None:
        auth = client.auth(await signed_in(client, server))
        with pytest.raises(RuntimeError, match="SyncClient"):
            await asyncio.to_thread(httpx.get, server.issuer, auth=auth)


class TestSync:
    @pytest.fixture
    def client(self, server: FakeServer) -> Iterator[SyncClient]:
        with SyncClient(server.issuer, "lobby-tv") as client:
            yield client

    def test_whole_sign_in_without_await(self, client: SyncClient, server: FakeServer) -> None:
        with client.pair() as pairing:
            assert pairing.user_code == "WDJB-MJHT"
            server.person("approve")
            tokens = pairing.tokens()
        assert client.stored_tokens() == tokens
        assert client.userinfo(tokens).display_name == "Ada Lovelace"
        with httpx.Client(auth=client.auth(tokens), trust_env=False, timeout=PATIENCE) as http:
            assert http.get(f"{server.issuer}/board/notices").status_code == 200
            server.person("forget-access")
            assert http.get(f"{server.issuer}/board/notices").status_code == 200
        client.sign_out(tokens)
        assert client.stored_tokens() is None

    def test_events_can_be_iterated(self, client: SyncClient, server: FakeServer) -> None:
        with client.pair() as pairing:
            events = []
            for event in pairing.events():
                events.append(event)
                server.person("deny")
            assert events
            with pytest.raises(pairgrant.DeniedError):
                pairing.tokens()

    def test_client_that_is_not_open_says_how_to_open_it(self, server: FakeServer) -> None:
        with pytest.raises(RuntimeError, match="with SyncClient"):
            SyncClient(server.issuer, "lobby-tv").stored_tokens()
