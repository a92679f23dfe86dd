"""``pairgrant login --browser``, with a program in BROWSER that opens the address."""

import json
import shlex
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.device.fake_server import FakeServer
from tests.device.running_command import CommandInProcess

Start = Callable[..., FakeServer]
Run = Callable[..., CommandInProcess]

BROWSER = """
import pathlib, sys, urllib.request
page = urllib.request.build_opener(urllib.request.ProxyHandler({})).open(sys.argv[1]).read()
part = pathlib.Path(sys.argv[2] + ".part")
part.write_bytes(page)
part.rename(sys.argv[2])
print("output of a browser")
"""


@pytest.fixture
def page(tmp_path: Path) -> Path:
    """The file in which the browser leaves the last page."""
    return tmp_path / "page.html"


@pytest.fixture
def browser(tmp_path: Path, page: Path) -> str:
    (tmp_path / "browser.py").write_text(BROWSER)
    return f"{shlex.quote(sys.executable)} {tmp_path / 'browser.py'} %s {page}"


def shown(page: Path) -> str:
    """The page that the browser shows at the end; the browser is a process that may end after the command."""
    ends_at = time.monotonic() + 60
    while not page.exists() and time.monotonic() < ends_at:
        time.sleep(0.01)
    return page.read_text()


class TestSignedIn:
    def test_output_is_one_json_object_per_line_without_output_of_the_browser(
        self, start_server: Start, run_pairgrant: Run, tmp_path: Path, browser: str
    ) -> None:
        server = start_server()
        login = run_pairgrant("login", "--browser", "--json", issuer=server.issuer, BROWSER=browser)
        code, out, err = login.end()
        asked, authorized = (json.loads(line) for line in out.splitlines())
        assert asked["event"] == "browser"
        assert asked["authorization_uri"].startswith(f"{server.issuer}/authorize?response_type=code&")
        assert authorized == {
            "event": "authorized",
            "scope": "openid profile board:read",
            "expires_in": 600,
            "token_file": str(tmp_path / "run" / "tokens.json"),
            "name": "Ada Lovelace",
        }
        assert (code, err) == (0, "")

    def test_token_and_logout_use_the_tokens_of_a_browser_sign_in(
        self, start_server: Start, run_pairgrant: Run, tmp_path: Path, browser: str, page: Path
    ) -> None:
        server = start_server()
        code, out, err = run_pairgrant("login", "--browser", issuer=server.issuer, BROWSER=browser).end()
        assert code == 0
        assert f"{server.issuer}/authorize?" in out
        assert "Signed in." in out
        assert "tokens.json" in err
        kept = json.loads((tmp_path / "run" / "tokens.json").read_text())
        assert kept["access_token"] not in out + err + shown(page)
        assert "You are signed in" in shown(page)
        assert run_pairgrant("token", issuer=server.issuer).end()[1].strip() == kept["access_token"]
        assert run_pairgrant("logout", issuer=server.issuer).end()[0] == 0
        assert server.seen("/revoke") == 1


class TestOtherEnds:
    @pytest.mark.parametrize("words", [("--json",), ()])
    def test_denial_ends_with_3_and_is_shown_in_the_browser(
        self, start_server: Start, run_pairgrant: Run, browser: str, page: Path, words: tuple[str, ...]
    ) -> None:
        server = start_server()
        server.person("deny")
        login = run_pairgrant("login", "--browser", *words, issuer=server.issuer, BROWSER=browser)
        code, out, err = login.end()
        assert code == 3
        assert "denied" in out + err
        assert "You denied the request" in shown(page)

    @pytest.mark.parametrize("words", [("--json",), ()])
    def test_machine_without_a_browser_suggests_the_phone(
        self, start_server: Start, run_pairgrant: Run, words: tuple[str, ...]
    ) -> None:
        nothing = {"BROWSER": "", "DISPLAY": "", "WAYLAND_DISPLAY": ""}
        server = start_server()
        code, out, err = run_pairgrant("login", "--browser", *words, issuer=server.issuer, **nothing).end()
        assert code == 1
        assert "use your phone" in out + err
        assert ("no_browser" in out) == bool(words)
        assert server.seen("/authorize") == 0

    def test_unreachable_server_ends_with_1(self, run_pairgrant: Run, browser: str) -> None:
        code, _, err = run_pairgrant("login", "--browser", issuer="http://127.0.0.1:1", BROWSER=browser).end()
        assert code == 1
        assert "127.0.0.1:1" in err


class TestSuggestion:
    @pytest.mark.parametrize("is_there", [True, False])
    def test_plain_login_suggests_the_browser_if_there_is_one(
        self, *, start_server: Start, run_pairgrant: Run, is_there: bool
    ) -> None:
        server = start_server(expires_in=2)
        screen = {
            "BROWSER": "",
            "WAYLAND_DISPLAY": "",
            "SSH_CONNECTION": "",
            "DISPLAY": ":9" if is_there else "",
        }
        code, _, err = run_pairgrant("login", "--plain", issuer=server.issuer, **screen).end()
        assert code == 4
        assert ("pairgrant login --browser" in err) == is_there
