"""The library at its edges: cancelled calls, a pairing or client that is left, two at once, and presets."""

import asyncio
from collections.abc import Callable

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


async def signed_in(client: Client, server: FakeServer) -> pairgrant.StoredTokens:
    async with client.pair() as pairing:
        server.person("approve")
        return await pairing.tokens()


async def requested(server: FakeServer, count: int) -> None:
    """Return once the token endpoint has received ``count`` requests."""
    while server.seen("/token") < count:  # noqa: ASYNC110 - the server is in another thread
        await asyncio.sleep(0.001)


class TestPairingThatIsLeft:
    async def test_pairing_never_polled_says_how_to_use_it(self, server: FakeServer) -> None:
        async with Client(server.issuer, "lobby-tv") as client:
            async with client.pair() as pairing:
                pass
            with pytest.raises(RuntimeError, match=r"client\.pair"):
                await pairing.tokens()
        assert server.seen("/token") == 0

    async def test_waiter_in_another_task_gets_an_error_and_no_cancellation(self, server: FakeServer) -> None:
        async with Client(server.issuer, "lobby-tv") as client:
            async with client.pair() as pairing:
                waiter = asyncio.create_task(pairing.tokens())
                await pairing.next_event()
            with pytest.raises(RuntimeError, match="left before its end"):
                await waiter
            assert not waiter.cancelled()

    async def test_cancelled_block_stays_cancelled(self, server: FakeServer) -> None:
        async def pair() -> None:
            async with Client(server.issuer, "lobby-tv") as client, client.pair() as pairing:
                await pairing.tokens()

        task = asyncio.create_task(pair())
        await requested(server, 1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    async def test_tokens_can_be_asked_for_again_after_their_end(self, server: FakeServer) -> None:
        async with Client(server.issuer, "lobby-tv") as client:
            async with client.pair() as pairing:
                server.person("approve")
                tokens = await pairing.tokens()
            assert await pairing.tokens() == tokens


class TestClientThatIsClosed:
    async def test_refresh_under_way_ends_before_the_client_closes(self, server: FakeServer) -> None:
        store = MemoryStore()
        async with Client(server.issuer, "lobby-tv", storage=store) as client:
            before = await signed_in(client, server)
            server.person("forget-access")
            async with httpx.AsyncClient(auth=client.auth(), trust_env=False, timeout=PATIENCE) as http:
                asked = server.seen("/token")
                asking = asyncio.create_task(http.get(f"{server.issuer}/board/notices"))
                await requested(server, asked + 1)
                asking.cancel()
        after = store.load()
        assert after is not None
        assert after.access_token != before.access_token
        assert after.refresh_token == pairgrant.Secret(server.refresh_token)

    async def test_authentication_of_a_closed_client_is_a_runtime_error(self, server: FakeServer) -> None:
        async with Client(server.issuer, "lobby-tv") as client:
            auth = client.auth(await signed_in(client, server))
        server.person("forget-access")
        async with httpx.AsyncClient(auth=auth, trust_env=False, timeout=PATIENCE) as http:
            with pytest.raises(RuntimeError, match="closed"):
                await http.get(f"{server.issuer}/board/notices")

    async def test_client_can_be_opened_again_and_not_twice_at_once(self, server: FakeServer) -> None:
        client = Client(server.issuer, "lobby-tv")
        async with client:
            tokens = await signed_in(client, server)
            with pytest.raises(RuntimeError, match="already open"):
                await client.__aenter__()
        async with client:
            assert client.stored_tokens() == tokens

    async def test_representation_has_the_state_and_no_secret(self, server: FakeServer) -> None:
        client = Client(server.issuer, "lobby-tv", client_secret="geheim")
        assert repr(client) == f"<Client 'lobby-tv' at '{server.issuer}', closed>"
        async with client:
            assert repr(client).endswith("open>")

    def test_synchronous_client_can_be_opened_again_and_not_twice_at_once(self, server: FakeServer) -> None:
        client = SyncClient(server.issuer, "lobby-tv")
        with client, pytest.raises(RuntimeError, match="already open"):
            client.__enter__()
        with client:
            assert client.stored_tokens() is None


class TestTwoClientsInOneLoop:
    async def test_one_storage_is_refreshed_once(self, server: FakeServer) -> None:
        store = MemoryStore()
        async with (
            Client(server.issuer, "lobby-tv", storage=store) as one,
            Client(server.issuer, "lobby-tv", storage=store) as other,
        ):
            await signed_in(one, server)
            server.person("forget-access")
            asked = server.seen("/token")
            users = await asyncio.gather(one.userinfo(), other.userinfo())
        assert [user.subject for user in users] == ["1", "1"]
        assert server.seen("/token") - asked == 1


class TestOtherLibraries:
    async def test_header_fields_and_token_are_given_without_httpx(self, server: FakeServer) -> None:
        async with Client(server.issuer, "lobby-tv") as client:
            tokens = await signed_in(client, server)
            auth = client.auth()
            fields = await auth.headers("GET", f"{server.issuer}/userinfo")
            assert fields == {"Authorization": f"Bearer {tokens.access_token.reveal()}"}
            assert await auth.token() == tokens.access_token

    def test_header_fields_and_token_are_given_without_await(self, server: FakeServer) -> None:
        with SyncClient(server.issuer, "lobby-tv") as client:
            with client.pair() as pairing:
                server.person("approve")
                tokens = pairing.tokens()
            assert client.auth().token() == tokens.access_token
            assert "Authorization" in client.auth().headers("GET", f"{server.issuer}/userinfo")
            client.sign_out()
            with pytest.raises(pairgrant.NotSignedInError):
                client.userinfo()


class TestProvider:
    def test_preset_needs_no_issuer(self) -> None:
        client = Client(client_id="0123", provider="github")
        assert client._settings.issuer == "https://github.com"

    def test_variables_are_those_of_the_preset(self) -> None:
        with pytest.raises(pairgrant.DeviceSettingsError, match="nonesuch"):
            Client(client_id="0123", provider="github", provider_variables={"nonesuch": "x"})

    def test_neither_issuer_nor_provider_is_an_error(self) -> None:
        with pytest.raises(pairgrant.DeviceSettingsError, match="issuer"):
            Client(client_id="0123")
