"""How the app is left, and what `pairgrant login` does with it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager

import httpx
import pytest

from pairgrant.exit_codes import ExitCode
from pairgrant.session.stored_tokens import StoredTokens
from pairgrant.session.token_store import FileTokenStore
from pairgrant.tui.app import PairgrantApp, Purpose
from tests.device.simulated_server import SimulatedServer
from tests.device.tui.app_under_test import AppUnderTest, Open, code_on

Login = Callable[[], AbstractAsyncContextManager[AppUnderTest]]


class TestLeaving:
    @pytest.mark.parametrize(
        ("key", "code"), [("q", ExitCode.DONE), ("ctrl+q", ExitCode.DONE), ("ctrl+c", ExitCode.INTERRUPTED)]
    )
    async def test_quit_keys_work_on_every_screen(
        self, server: SimulatedServer, opened: Open, at_home: Open, key: str, code: ExitCode
    ) -> None:
        async with opened() as seen:
            await seen.press(key)
        assert seen.app.return_value is code
        async with opened() as seen:
            await seen.press("enter", key)
        assert seen.app.return_value is code
        async with at_home() as seen:
            await seen.press(key)
        assert seen.app.return_value is code


class TestLogin:
    """``pairgrant login`` on a terminal: the pairing alone, and its outcome as the exit code."""

    @pytest.fixture
    def login(self, opened: Open) -> Login:
        return lambda: opened(purpose=Purpose.LOGIN)

    async def test_login_requests_a_code_at_once(self, login: Login) -> None:
        async with login() as seen:
            assert code_on(seen.text)

    async def test_login_exits_when_signed_in(
        self, server: SimulatedServer, login: Login, store: FileTokenStore
    ) -> None:
        server.on("/token", server.says(server.tokens()))
        async with login() as seen:
            await seen.pass_time(5)
        assert seen.app.return_value is ExitCode.DONE
        assert store.load() is not None
        assert isinstance(seen.app, PairgrantApp)
        assert seen.app.session is not None  # greets the user once the screen is closed

    @pytest.mark.parametrize(
        ("error", "code"),
        [
            ("access_denied", ExitCode.DENIED),
            ("expired_token", ExitCode.EXPIRED),
            ("invalid_grant", ExitCode.ERROR),
        ],
    )
    async def test_exit_code_is_that_of_the_last_outcome(
        self, server: SimulatedServer, login: Login, error: str, code: ExitCode
    ) -> None:
        server.on("/token", server.says({"error": error}, 400))
        async with login() as seen:
            await seen.pass_time(5)
            await seen.press("q")
        assert seen.app.return_value is code

    async def test_quitting_during_a_pairing_counts_as_interruption(self, login: Login) -> None:
        async with login() as seen:
            await seen.press("q")
        assert seen.app.return_value is ExitCode.INTERRUPTED

    async def test_login_replaces_an_older_sign_in(
        self,
        server: SimulatedServer,
        login: Login,
        stored: Callable[..., StoredTokens],
        keep: Callable[[StoredTokens], None],
    ) -> None:
        keep(stored())
        server.on("/token", server.says(server.tokens()))
        async with login() as seen:
            assert code_on(seen.text)
            await seen.pass_time(5)
        assert [form["token"] for form in server.forms("/revoke")] == ["refresh-0"]


class TestSettle:
    async def test_quitting_does_not_interrupt_a_refresh(
        self, server: SimulatedServer, at_home: Open, store: FileTokenStore
    ) -> None:
        go_on = asyncio.Event()

        class Slow(httpx.AsyncByteStream):
            async def __aiter__(self) -> AsyncIterator[bytes]:
                await go_on.wait()
                yield b'{"access_token": "access-1", "token_type": "Bearer", "refresh_token": "refresh-1"}'

        server.on("/token", lambda _request: httpx.Response(200, stream=Slow()))
        async with at_home() as seen:
            await seen.press("r")
            await seen.press("q")
            go_on.set()
        app = seen.app
        assert isinstance(app, PairgrantApp)
        await app.settle()
        kept = store.load()
        assert kept is not None
        assert kept.access_token.reveal() == "access-1"
