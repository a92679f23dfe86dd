"""``pairgrant-server demo``: one complete pairing on one machine, with a real phone or browser."""

import os
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer

from pairgrant_protocol import user_code
from pairgrant_protocol.secret import Secret
from pairgrant_protocol.vocabulary import GrantType
from pairgrant_server.accounts.password_rules import LEAST_LENGTH
from pairgrant_server.authorization_server.model.scopes import SCOPES
from pairgrant_server.backend import Backend
from pairgrant_server.command_error import CommandError
from pairgrant_server.commands.command import with_backend
from pairgrant_server.commands.network import free_port, lan_address
from pairgrant_server.missing_extra import require_extra
from pairgrant_server.settings import DEFAULT_PORT, Settings

CLIENT_ID = "lobby-tv"
SCOPE = " ".join(SCOPES)
USERNAME = "demo"

_LIFETIMES = {
    # Short, so that a visitor sees tokens refreshed and, after a while, the device paired again.
    "PAIRGRANT_ACCESS_TOKEN_LIFETIME": "60",
    "PAIRGRANT_CONNECTION_LIFETIME": "900",
}
_START_SECONDS = 30.0
_STOP_SECONDS = 15.0


def demo(
    no_device: Annotated[
        bool, typer.Option("--no-device", help="Start only the server, to connect your own device or client.")
    ] = False,
    port: Annotated[
        int | None,
        typer.Option(help=f"Port to listen on; if it is taken, any free one. Default: {DEFAULT_PORT}."),
    ] = None,
) -> None:
    """Try the server and the device in this terminal.

    The server has a new database in a temporary folder, with a demo user and a demo client. It listens on
    all addresses, so that a phone on your network can reach it. When you leave the device, the server stops
    and the folder is removed.
    """
    if not no_device:
        require_extra("demo", ("textual",), "The device's screen")
    with tempfile.TemporaryDirectory(prefix="pairgrant-demo-") as name:
        folder = Path(name)
        address = lan_address()
        port = free_port(Settings.load(port=port).port)
        url = f"http://{address or '127.0.0.1'}:{port}"
        database = f"sqlite:///{folder / 'pairgrant.db'}"
        password = user_code.display(user_code.generate(secrets.randbelow)).lower()
        with_backend(
            database,
            lambda backend: _furnish(backend, Secret(password)),
            announce_new=False,
            min_password_length=LEAST_LENGTH,  # typed on a phone, and removed after the demo
        )
        log = folder / "server.log"
        host = "127.0.0.1" if address is None else "0.0.0.0"  # noqa: S104 - a phone must reach the demo
        command = [
            *(sys.executable, "-m", "pairgrant_server", "run", "--host", host, "--port", str(port)),
            *("--database", database, "--public-url", url, "--insecure", "--workers", "1"),
        ]
        with _interrupted_by_sigterm(), _server(command, log):
            _wait_until_healthy(port, log)
            _say_what_to_do(url, password, log, phone_can_reach=address is not None, no_device=no_device)
            if no_device:
                signal.pause()
            else:
                _device(url, folder, f"Demo: sign in as {USERNAME} with the password {password}")


async def _furnish(backend: Backend, password: Secret) -> None:
    person = await backend.people.add(USERNAME, password, "Demo Visitor", "demo@pair.example")
    await backend.parts.clients.add(
        CLIENT_ID,
        "Lobby TV",
        secret=None,
        # For pairgrant login --browser
        grant_types=frozenset({GrantType.DEVICE_CODE, GrantType.AUTHORIZATION_CODE, GrantType.REFRESH_TOKEN}),
        scope=SCOPE,
        redirect_uris=("http://127.0.0.1/callback",),
    )
    for text in ("Change me on your phone: open /board there", "Welcome! This screen shows your own notices"):
        await backend.board.post(person.user_id, text)


@contextmanager
def _server(command: list[str], log: Path) -> Iterator[None]:
    """The server as a background process. It has its own session, so that Ctrl+C reaches only the device."""
    environment = {**os.environ, **_LIFETIMES}
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=environment,
            start_new_session=True,
        )
    try:
        yield
    except KeyboardInterrupt:
        typer.echo("", err=True)
    finally:
        process.terminate()
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until_healthy(port: int, log: Path) -> None:
    import httpx  # noqa: PLC0415 - only the demo needs it here

    deadline = time.monotonic() + _START_SECONDS
    with httpx.Client(trust_env=False, timeout=2.0) as client:
        while time.monotonic() < deadline:
            try:
                if client.get(f"http://127.0.0.1:{port}/healthz").is_success:
                    return
            except httpx.TransportError:
                time.sleep(0.05)
    raise CommandError(
        f"The server did not start. Its log ends with:\n{log.read_text(errors='replace')[-2000:]}"
    )


def _say_what_to_do(url: str, password: str, log: Path, *, phone_can_reach: bool, no_device: bool) -> None:
    where = "phone" if phone_can_reach else "computer (no network found, so a phone can't reach the demo)"
    end = "press q here to end the demo" if sys.stdin.isatty() else "Ctrl+C ends the demo"
    last = (
        f"3. Connect a device: pairgrant kiosk --issuer {url} --client-id {CLIENT_ID}   (Ctrl+C ends it)"
        if no_device
        else f"3. Compare the code with this terminal and approve; {end}."
    )
    typer.echo(f"The demo is running. The server's log is {log}")
    typer.echo(f"1. On your {where}, open {url}/device")
    typer.echo(f"2. Sign in as {USERNAME} with the password {password}")
    typer.echo(last)


def _device(url: str, folder: Path, hint: str) -> None:
    environment = {
        **os.environ,
        "PAIRGRANT_TOKEN_FILE": str(folder / "token.json"),
        "PAIRGRANT_HINT": hint,  # not an option, because every user of the machine can read command lines
    }
    command = [
        *(sys.executable, "-m", "pairgrant", "kiosk", "--issuer", url, "--client-id", CLIENT_ID),
        *("--scope", SCOPE, "--device-name", "Lobby TV"),
    ]
    subprocess.run(command, env=environment, check=False)


@contextmanager
def _interrupted_by_sigterm() -> Iterator[None]:
    """SIGTERM ends both processes of the demo cleanly, as Ctrl+C does."""

    def interrupt(_signal: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
