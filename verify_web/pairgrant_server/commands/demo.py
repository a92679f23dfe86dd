"""``pairgrant-server demo``: one complete pairing on one machine, with a real phone or browser."""

import secrets
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from pairgrant_protocol.secret import Secret
from pairgrant_protocol.vocabulary import GrantType
from pairgrant_server.accounts.password_rules import LEAST_LENGTH
from pairgrant_server.authorization_server.model.client_policy import ClientPolicy
from pairgrant_server.authorization_server.model.scopes import SCOPES
from pairgrant_server.backend import Backend
from pairgrant_server.command_error import CommandError
from pairgrant_server.commands.command import with_backend
from pairgrant_server.commands.demo_password import demo_password
from pairgrant_server.commands.demo_processes import DemoProcesses
from pairgrant_server.commands.network import lan_address, reserved_port
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
    all addresses, so that a phone on your network can reach it. However the demo ends, both
    stop and the folder is removed.
    """
    if not no_device:
        require_extra("demo", ("textual",), "The device's screen")
    ended_by: CommandError | None = None
    with DemoProcesses() as processes:
        try:
            _run(processes, no_device=no_device, wanted_port=port)
        except CommandError as error:  # its log is about to be removed, so the text has its end
            ended_by = error
    _say_that_it_has_ended(processes.folder)
    if ended_by is not None:
        raise ended_by


def _run(processes: DemoProcesses, *, no_device: bool, wanted_port: int | None) -> None:
    """Run both halves until one of them ends, or the demo is interrupted.

    Raises:
        CommandError: the server ended, or did not start.
    """
    folder = processes.folder
    wanted_port = Settings.load(port=wanted_port).port
    database = f"sqlite:///{folder / 'pairgrant.db'}"
    password = demo_password(secrets.randbelow)
    with_backend(
        database,
        lambda backend: _furnish(backend, Secret(password)),
        announce_new=False,
        min_password_length=LEAST_LENGTH,  # typed on a phone, and removed after the demo
    )
    if processes.is_interrupted:
        return
    address = lan_address()
    host = "127.0.0.1" if address is None else "0.0.0.0"  # noqa: S104 - a phone must reach the demo
    log = folder / "server.log"
    with reserved_port(wanted_port) as port:
        url = f"http://{address or '127.0.0.1'}:{port}"
        command = [
            *(sys.executable, "-m", "pairgrant_server", "run", "--host", host, "--port", str(port)),
            *("--database", database, "--public-url", url, "--insecure", "--workers", "1"),
        ]
        server = processes.start(command, _LIFETIMES, log=log)
        if not _becomes_healthy(processes, port, server, log):
            return
    _say_what_to_do(url, password, log, phone_can_reach=address is not None, no_device=no_device)
    if not no_device:
        hint = f"On your phone, sign in as {USERNAME} with the password {password}"
        processes.start(*_device(url, folder, hint))
    if processes.first_to_end() is server:
        raise CommandError(f"The server ended by itself. {_end_of(log)}")


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
        policy=ClientPolicy(number_match="required"),
    )
    for text in ("Change me on your phone: open /board there", "Welcome! This screen shows your own notices"):
        await backend.board.post(person.user_id, text)


def _becomes_healthy(processes: DemoProcesses, port: int, server: subprocess.Popen[bytes], log: Path) -> bool:
    """Wait until the server responds; False if the demo is interrupted before that.

    Raises:
        CommandError: the server ended, or has not responded in time.
    """
    import httpx  # noqa: PLC0415 - only the demo needs it here

    deadline = time.monotonic() + _START_SECONDS
    with httpx.Client(trust_env=False, timeout=2.0) as client:
        while time.monotonic() < deadline and server.poll() is None:
            if processes.is_interrupted:
                return False
            try:
                if client.get(f"http://127.0.0.1:{port}/healthz").is_success:
                    return True
            except httpx.TransportError:
                time.sleep(0.05)
    raise CommandError(f"The server did not start. {_end_of(log)}")


def _end_of(log: Path) -> str:
    return f"Its log ends with:\n{log.read_text(errors='replace')[-2000:]}"


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
    typer.echo(f"2. Sign in there as {USERNAME} with the password {password}")
    typer.echo(last)


def _say_that_it_has_ended(folder: Path) -> None:
    with suppress(OSError):  # the terminal may be gone
        typer.echo("The demo has ended: its server and its device have stopped.")
        if folder.exists():
            typer.echo(f"The folder {folder} could not be removed.", err=True)
        else:
            typer.echo("Its database, its tokens, the demo user's password and the server's log are removed.")


def _device(url: str, folder: Path, hint: str) -> tuple[list[str], dict[str, str]]:
    """The command that runs the device, and its variables."""
    command = [
        *(sys.executable, "-m", "pairgrant", "kiosk", "--issuer", url, "--client-id", CLIENT_ID),
        *("--scope", SCOPE, "--device-name", "Lobby TV"),
    ]
    # The hint is no option, because every user of the machine can read command lines.
    return command, {"PAIRGRANT_TOKEN_FILE": str(folder / "token.json"), "PAIRGRANT_SIGN_IN_HINT": hint}
