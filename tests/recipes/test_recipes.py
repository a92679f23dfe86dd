"""The programs in docs/recipes work against a server: signed in, denied, and with an expired code."""

import asyncio
import importlib.util
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from mcp.server.mcpserver import MCPServer
from textual.pilot import Pilot
from textual.widgets import Static

from tests.device.conftest import start_server  # noqa: F401 - a fixture
from tests.device.fake_server import FakeServer
from tests.device.running_command import SPEED, fast_clock
from tests.processes.programs import PATIENCE

RECIPES = Path(__file__).parents[2] / "docs" / "recipes"

Start = Callable[..., FakeServer]


@pytest.fixture
def server(start_server: Start, monkeypatch: pytest.MonkeyPatch) -> FakeServer:  # noqa: F811 - the fixture
    server = start_server()
    monkeypatch.setattr("pairgrant.device.system_clock", fast_clock)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("PAIR_ISSUER", server.issuer)
    monkeypatch.setenv("PAIR_CLIENT_ID", "lobby-tv")
    return server


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))


def loaded(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, RECIPES / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not holds():  # noqa: ASYNC110 - the server is in another thread
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("recipe", sorted(RECIPES.glob("*.py")), ids=lambda recipe: recipe.stem)
def test_recipe_has_fewer_than_40_lines_beside_blank_ones(recipe: Path) -> None:
    lines = recipe.read_text(encoding="utf-8").splitlines()
    assert sum(bool(line.strip()) for line in lines) < 40


class RunningRecipe:
    """A recipe in a process of its own, with one line that shows the code."""

    def __init__(self, name: str, *arguments: str, **variables: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(RECIPES / f"{name}.py"), *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, **variables},
        )

    def line(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline()

    def end(self) -> tuple[int, str, str]:
        out, err = self._process.communicate(timeout=PATIENCE)
        return self._process.returncode, out, err


class TestScript:
    def test_first_run_pairs_and_the_next_one_finds_the_tokens(self, server: FakeServer) -> None:
        server.person("notice", "Lunch at 12")
        first = RunningRecipe("script", server.issuer, "lobby-tv")
        assert first.line() == f"Open {server.issuer}/device and enter WDJB-MJHT\n"
        server.person("approve")
        assert first.end() == (0, "Lunch at 12\n", "")
        assert RunningRecipe("script", server.issuer, "lobby-tv").end() == (0, "Lunch at 12\n", "")

    @pytest.mark.parametrize(("decision", "code"), [("deny", 3), ("expire", 4)])
    def test_other_end_is_a_sentence_and_an_exit_code(
        self, server: FakeServer, decision: str, code: int
    ) -> None:
        script = RunningRecipe("script", server.issuer, "lobby-tv")
        script.line()
        server.person(decision)
        ended, out, err = script.end()
        assert (ended, out, err.count("\n")) == (code, "", 1)


class TestTyper:
    def test_login_notices_and_logout(self, server: FakeServer) -> None:
        server.person("notice", "Lunch at 12")
        login = RunningRecipe("typer_cli", "login", NOTICES_ISSUER=server.issuer)
        login.line()
        server.person("approve")
        assert login.end() == (0, "Hello, Ada Lovelace\n", "")
        issuer = {"NOTICES_ISSUER": server.issuer}
        assert RunningRecipe("typer_cli", "notices", **issuer).end() == (0, "Lunch at 12\n", "")
        assert RunningRecipe("typer_cli", "logout", **issuer).end() == (0, "", "")
        assert RunningRecipe("typer_cli", "notices", **issuer).end()[0] == 5

    @pytest.mark.parametrize(("decision", "code"), [("deny", 3), ("expire", 4)])
    def test_other_end_is_a_sentence_and_an_exit_code(
        self, server: FakeServer, decision: str, code: int
    ) -> None:
        login = RunningRecipe("typer_cli", "login", NOTICES_ISSUER=server.issuer)
        login.line()
        server.person(decision)
        ended, out, err = login.end()
        assert (ended, out, err.count("\n")) == (code, "", 1)


class TestTextual:
    async def shown(self, pilot: Pilot[None], text: str) -> None:
        await until(lambda: text in str(pilot.app.query_one("#text", Static).content))

    async def test_number_and_greeting_are_shown(self, server: FakeServer) -> None:
        async with loaded("textual_app").PairingApp(server.issuer, "lobby-tv").run_test() as pilot:
            await self.shown(pilot, "WDJB-MJHT")
            server.person("number/47")
            await self.shown(pilot, "Enter 47")
            server.person("approve")
            await self.shown(pilot, "Hello, Ada Lovelace")

    @pytest.mark.parametrize("decision", ["deny", "expire"])
    async def test_other_end_is_shown_and_a_key_begins_again(self, server: FakeServer, decision: str) -> None:
        async with loaded("textual_app").PairingApp(server.issuer, "lobby-tv").run_test() as pilot:
            await self.shown(pilot, "WDJB-MJHT")
            server.person(decision)
            await self.shown(pilot, "Press r for a new code")
            await pilot.press("r")
            await self.shown(pilot, "WDJB-MJHT")

    async def test_new_code_takes_the_place_of_one_that_is_shown(self, server: FakeServer) -> None:
        async with loaded("textual_app").PairingApp(server.issuer, "lobby-tv").run_test() as pilot:
            await self.shown(pilot, "WDJB-MJHT")
            await pilot.press("r")
            await until(lambda: server.seen("/device_authorization") == 2)
            server.person("approve")
            await self.shown(pilot, "Hello, Ada Lovelace")


class TestFastApi:
    @pytest.fixture
    def app(self, server: FakeServer) -> Iterator[FastAPI]:
        module = loaded("fastapi_task")
        yield module.app
        assert module.tasks == set()

    @pytest.mark.parametrize(
        ("decision", "state"),
        [("approve", "signed_in"), ("deny", "access_denied"), ("expire", "expired_token")],
    )
    async def test_state_follows_the_background_task(
        self, app: FastAPI, server: FakeServer, decision: str, state: str
    ) -> None:
        transport = httpx.ASGITransport(app)
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=transport, base_url="http://x") as http,
        ):
            await self.begun(http)
            await self.begun(http)  # a second one takes its place
            server.person(decision)
            await self.reached(http, state)
            assert server.seen("/device_authorization") == 2

    async def test_code_that_is_shown_does_not_delay_the_end(self, app: FastAPI, server: FakeServer) -> None:
        server.expires_in = int(2 * PATIENCE * SPEED)
        transport = httpx.ASGITransport(app)
        async with (
            asyncio.timeout(PATIENCE),
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=transport, base_url="http://x") as http,
        ):
            await self.begun(http)

    async def begun(self, http: httpx.AsyncClient) -> None:
        assert (await http.post("/sign-in")).status_code == 202
        assert (await self.reached(http, "pending"))["enter"] == "WDJB-MJHT"

    async def reached(self, http: httpx.AsyncClient, state: str) -> dict[str, str]:
        async with asyncio.timeout(PATIENCE):
            while (members := (await http.get("/sign-in")).json())["state"] != state:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        return dict(members)


class TestMcp:
    async def call(self, tools: MCPServer[Any], name: str, **arguments: Any) -> dict[str, Any]:
        result: Any = await tools.call_tool(name, arguments)
        return dict(result.structured_content)

    @pytest.mark.parametrize(
        ("decision", "text"), [("approve", "Signed in."), ("deny", "denied"), ("expire", "expired")]
    )
    async def test_sign_in_is_completed_in_a_later_call(
        self, server: FakeServer, tmp_path: Path, decision: str, text: str
    ) -> None:
        tools = loaded("mcp_tools").server
        begun = await self.call(tools, "start_sign_in")
        assert begun["enter"] == "WDJB-MJHT"
        finish = {"handle": begun["handle"], "seconds": 0.05}
        assert "Not decided yet" in (await self.call(tools, "finish_sign_in", **finish))["result"]
        server.person(decision)
        finish["seconds"] = PATIENCE
        assert text in (await self.call(tools, "finish_sign_in", **finish))["result"]
        assert "no such sign-in" in (await self.call(tools, "finish_sign_in", **finish))["result"]
        assert (tmp_path / "tokens.json").exists() == (decision == "approve")
