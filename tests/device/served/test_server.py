"""The server of the screens in a browser: what it refuses, and one screen at a time."""

import asyncio
import shlex
import socket
from argparse import Namespace
from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from pairgrant.cli import command_line, main
from pairgrant.commands.kiosk import screen_command
from pairgrant.errors import DeviceSettingsError
from pairgrant.served import server as served
from pairgrant.served.address import Address
from pairgrant.served.server import KioskServer, serve
from tests.processes.programs import PATIENCE

Client = TestClient[web.Request, web.Application]


class Screen:
    """In place of a process: a connection that lasts until ``ends`` is set."""

    def __init__(self) -> None:
        self.ends = asyncio.Event()
        self.opened = 0

    async def handle_websocket(self, request: web.Request) -> web.WebSocketResponse:
        self.opened += 1
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await self.ends.wait()
        await socket.close()
        return socket


@pytest.fixture
async def screen() -> Screen:
    return Screen()


@pytest.fixture
async def client(screen: Screen, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Client]:
    monkeypatch.setattr(served, "_PATIENCE", 0.2)
    kiosk = KioskServer(Address("127.0.0.1", 8629), "exit 1", "<Hotel>")
    monkeypatch.setattr(kiosk, "_screens", screen)
    async with TestClient(TestServer(kiosk.application())) as client:
        yield client
        screen.ends.set()


def origin(client: Client) -> dict[str, str]:
    return {"Origin": f"http://{client.host}:{client.port}"}


async def test_page_runs_only_its_own_scripts_and_names_the_kiosk(client: Client) -> None:
    response = await client.get("/?fontsize=30")
    text = await response.text()
    assert response.status == 200
    assert "<title>&lt;Hotel&gt;</title>" in text
    assert f'"ws://{client.host}:{client.port}/ws"' in text
    assert 'data-font-size="30"' in text
    assert "https://" not in text
    policy = response.headers["Content-Security-Policy"]
    assert "default-src 'none'; script-src 'self';" in policy
    assert "frame-ancestors 'none'" in policy


@pytest.mark.parametrize("size", ["", "5", "1000", "x", "16'><script>"])
async def test_other_sizes_of_letters_are_ignored(client: Client, size: str) -> None:
    assert 'data-font-size="16"' in await (await client.get("/", params={"fontsize": size})).text()


@pytest.mark.parametrize("path", ["/", "/ws", "/free", "/page.js", "/static/js/textual.js"])
async def test_name_of_another_site_is_refused(client: Client, path: str) -> None:
    response = await client.get(path, headers={"Host": "evil.example", "Origin": "http://evil.example"})
    assert response.status == 403


@pytest.mark.parametrize("headers", [{}, {"Origin": "http://evil.example"}, {"Origin": "null"}])
async def test_page_of_another_site_cannot_open_a_screen(
    client: Client, screen: Screen, headers: dict[str, str]
) -> None:
    assert (await client.get("/ws", headers=headers)).status == 403
    assert screen.opened == 0


async def test_second_browser_waits_for_the_first(client: Client, screen: Screen) -> None:
    first = await client.ws_connect("/ws", headers=origin(client))
    assert (await client.get("/free")).status == 409
    assert (await client.get("/ws", headers=origin(client))).status == 409
    assert screen.opened == 1
    screen.ends.set()
    await first.receive()
    await first.close()
    async with asyncio.timeout(PATIENCE):
        while (await client.get("/free")).status != 204:  # noqa: ASYNC110 - the handler ends in its own time
            await asyncio.sleep(0.01)
    second = await client.ws_connect("/ws", headers=origin(client))
    assert screen.opened == 2
    await second.close()


def test_port_in_use_is_an_error_in_one_sentence() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(DeviceSettingsError, match=r"^--serve .* Address already in use \(127"):
            serve(Address("127.0.0.1", port), "exit 1", "Pairgrant")


def test_address_that_cannot_be_used_is_not_announced(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(DeviceSettingsError):
            serve(Address("127.0.0.1", taken.getsockname()[1]), "exit 1", "Pairgrant")
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (
            socket.gaierror(socket.EAI_NONAME, "Name or service not known"),
            r"Name or service not known \(x\.\.y:80\)",
        ),
        (UnicodeError("label empty or too long"), r"x\.\.y is no host name"),
    ],
)
def test_name_that_is_not_known_is_an_error_in_one_sentence(
    monkeypatch: pytest.MonkeyPatch, error: Exception, reason: str
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(web, "run_app", fail)
    with pytest.raises(DeviceSettingsError, match=rf"^--serve can't be used: {reason}\.$"):
        serve(Address("x..y", 80), "exit 1", "Pairgrant")


def test_address_that_others_can_open_is_warned_about(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(web, "run_app", lambda *_, **__: None)
    serve(Address("0.0.0.0", 8629), "exit 1", "Pairgrant")
    assert "Anyone who can open http://0.0.0.0:8629 can use this screen" in capsys.readouterr().err
    serve(Address("127.0.0.1", 8629), "exit 1", "Pairgrant")
    assert capsys.readouterr().err == ""


def given(*words: str) -> Namespace:
    return command_line().parse_args(["kiosk", *words])


def test_process_of_a_screen_has_the_same_options() -> None:
    words = [
        "--brand",
        "Hotel; rm -rf /",
        "--auto",
        "--no-dpop",
        "--theme=light",
        "--scope=-x y",
        "--no-config",
    ]
    command = screen_command(given(*words, "--serve"))
    assert command.startswith("exec ")
    *_, rest = command.partition(" kiosk ")
    again = given(*shlex.split(rest))
    expected = given(*words)
    assert {name: vars(again)[name] for name in vars(expected) if name != "parser"} == {
        name: value for name, value in vars(expected).items() if name != "parser"
    }


def test_secret_is_never_on_the_command_line_of_a_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAIRGRANT_CLIENT_SECRET", "hush")
    assert "hush" not in screen_command(given("--serve"))


def test_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("pairgrant.commands.kiosk.has_server_of_screens", lambda: False)
    assert main(["kiosk", "--no-config", "--serve"]) == 2
    assert "pip install 'pairgrant[serve]'" in capsys.readouterr().err
