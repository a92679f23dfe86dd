"""Fixtures: a simulated server, a clock moved by hand, and a device built of real parts between them."""

import os
import resource
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from pairgrant.device import Device
from pairgrant.oauth.oauth_client import OAuthClient
from pairgrant.oauth.transport import Transport
from pairgrant.session.stored_tokens import StoredTokens
from pairgrant.session.token_store import FileTokenStore
from pairgrant.settings import DeviceSettings
from pairgrant.translation import use_language
from pairgrant_protocol.secret import Secret
from tests.device.fake_server import FakeServer
from tests.device.manual_clock import WALL, ManualClock
from tests.device.running_command import CommandInProcess, CommandProcess
from tests.device.simulated_server import CLIENT_ID, ISSUER, SimulatedServer, says


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    """Each test begins in English, whatever language the one before has used."""
    use_language("en")
    yield
    use_language("en")


@pytest.fixture
def manual_clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def server() -> SimulatedServer:
    """A well-behaved server with one person, whose decision is still pending."""
    pretend = SimulatedServer()
    pretend.on("/.well-known/oauth-authorization-server", says(pretend.document()))
    pretend.on("/.well-known/openid-configuration", says(pretend.document()))
    pretend.on("/device_authorization", says(pretend.code()))
    pretend.on("/token", pretend.pending())
    pretend.on("/revoke", says({}))
    pretend.on("/userinfo", says({"sub": "1", "name": "Ada Lovelace", "preferred_username": "ada"}))
    notices = [{"id": "1", "text": "Lunch is at 12", "created_at": WALL - 130}]
    pretend.on("/board/notices", says({"notices": notices}, ETag='"1"'))
    return pretend


@pytest.fixture
def transport(server: SimulatedServer) -> Transport:
    return Transport(httpx.AsyncClient(transport=httpx.MockTransport(server)))


@pytest.fixture
def oauth_client(transport: Transport) -> OAuthClient:
    return OAuthClient(transport, issuer=ISSUER, client_id=CLIENT_ID)


@pytest.fixture
def store(tmp_path: Path) -> FileTokenStore:
    return FileTokenStore(tmp_path / "state" / "tokens.json", issuer=ISSUER, client_id=CLIENT_ID)


@pytest.fixture
def device(
    transport: Transport, oauth_client: OAuthClient, store: FileTokenStore, manual_clock: ManualClock
) -> Device:
    settings = DeviceSettings.checked(issuer=ISSUER, client_id=CLIENT_ID, device_name="Lobby TV")
    return Device(
        settings=settings,
        transport=transport,
        oauth_client=oauth_client,
        store=store,
        clock=manual_clock.clock,
    )


@pytest.fixture
def stored() -> Callable[..., StoredTokens]:
    """``stored(**changes)``: tokens as they rest in a file, obtained just now and good for ten minutes."""

    def make(**changes: Any) -> StoredTokens:
        members: dict[str, Any] = {
            "issuer": ISSUER,
            "client_id": CLIENT_ID,
            "access_token": Secret("access-0"),
            "refresh_token": Secret("refresh-0"),
            "scope": ("openid", "profile", "board:read"),
            "obtained_at": WALL,
            "expires_in": 600,
            **changes,
        }
        return StoredTokens(**members)

    return make


@pytest.fixture
def keep(store: FileTokenStore) -> Callable[[StoredTokens], None]:
    """``keep(tokens)``: put them into the store."""

    def put(tokens: StoredTokens) -> None:
        writer = store.try_lock()
        assert writer is not None
        writer.save(tokens)
        writer.release()

    return put


@pytest.fixture
def full_disk() -> Iterator[Callable[[], None]]:
    """No file of this process can grow, as on a full disk; ``full_disk()`` ends that, as the test's end does.

    The kernel refuses: it is a limit of the process (RLIMIT_FSIZE).
    """
    before = resource.getrlimit(resource.RLIMIT_FSIZE)

    def end() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)

    resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))
    yield end
    end()


@pytest.fixture
def start_server() -> Iterator[Callable[..., FakeServer]]:
    """``start_server(lifetime=1)``: a server on a real socket."""
    servers: list[FakeServer] = []

    def start(**options: int) -> FakeServer:
        server = FakeServer(**options)
        servers.append(server)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return server

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def variables(tmp_path: Path) -> dict[str, str]:
    """The environment of a command: that of the tests, with a token file of its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PAIRGRANT_")}
    return {**kept, "PAIRGRANT_TOKEN_FILE": str(tmp_path / "run" / "tokens.json"), "NO_PROXY": "127.0.0.1"}


@pytest.fixture
def run_pairgrant(variables: dict[str, str]) -> Iterator[Callable[..., CommandInProcess]]:
    """``run_pairgrant("login", "--json", issuer=…)``: the command in this process, without a terminal.

    With ``types`` it has a standard input to write to.
    """
    commands: list[CommandInProcess] = []

    def run(*arguments: str, issuer: str, types: bool = False, **changes: str) -> CommandInProcess:
        environment = {**variables, "PAIRGRANT_ISSUER": issuer, **changes}
        commands.append(CommandInProcess(arguments, environment, types=types))
        return commands[-1]

    yield run
    for command in commands:
        command.abort()


@pytest.fixture
def start_pairgrant(variables: dict[str, str]) -> Iterator[Callable[..., CommandProcess]]:
    """``start_pairgrant("token", issuer=…)``: the command in a process of its own, without a terminal."""
    commands: list[CommandProcess] = []

    def start(*arguments: str, issuer: str) -> CommandProcess:
        commands.append(CommandProcess(arguments, {**variables, "PAIRGRANT_ISSUER": issuer}))
        return commands[-1]

    yield start
    for command in commands:
        command.abort()
