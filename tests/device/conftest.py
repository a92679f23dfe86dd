"""Fixtures: a simulated server, a clock moved by hand, and a device built of real parts between them."""

import os
import subprocess
import sys
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
from pairgrant_protocol.secret import Secret
from tests.device.manual_clock import WALL, ManualClock
from tests.device.simulated_server import CLIENT_ID, ISSUER, SimulatedServer, says
from tests.device.socket_server import SocketServer


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
        settings=settings, transport=transport, server=oauth_client, store=store, clock=manual_clock.clock
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
def start_server() -> Iterator[Callable[..., SocketServer]]:
    """``start_server("--lifetime", "1")``: a server on a real socket."""
    processes: list[subprocess.Popen[str]] = []

    def start(*options: str) -> SocketServer:
        script = Path(__file__).with_name("fake_server.py")
        process = subprocess.Popen([sys.executable, str(script), *options], stdout=subprocess.PIPE, text=True)
        processes.append(process)
        assert process.stdout is not None
        return SocketServer(process.stdout.readline().strip())

    yield start
    for process in processes:
        process.kill()
        process.communicate()


@pytest.fixture
def run_pairgrant(tmp_path: Path) -> Callable[..., "subprocess.Popen[str]"]:
    """``run_pairgrant("login", "--json", issuer=…)``: the command in a process of its own, without a terminal.

    With ``types`` it has a standard input to write to.
    """

    def run(*arguments: str, issuer: str, types: bool = False, **variables: str) -> "subprocess.Popen[str]":
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PAIRGRANT_")}
        environment = {
            **kept,
            "PAIRGRANT_ISSUER": issuer,
            "PAIRGRANT_TOKEN_FILE": str(tmp_path / "run" / "tokens.json"),
            "NO_PROXY": "127.0.0.1",
            **variables,
        }
        return subprocess.Popen(
            [sys.executable, "-m", "pairgrant", *arguments],
            stdin=subprocess.PIPE if types else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment,
        )

    return run
