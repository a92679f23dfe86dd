"""``pairgrant login --browser`` in a process of its own, with a program in BROWSER that goes where it is sent."""

import json
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Start = Callable[..., Any]  # the fixtures of conftest.py
Run = Callable[..., "subprocess.Popen[str]"]

BROWSER = """
import sys, urllib.request
page = urllib.request.build_opener(urllib.request.ProxyHandler({})).open(sys.argv[1]).read()
open(sys.argv[2], "wb").write(page)
print("a browser says this and that")
"""


@pytest.fixture
def page(tmp_path: Path) -> Path:
    """Where the browser leaves the page that it ended at."""
    return tmp_path / "page.html"


@pytest.fixture
def browser(tmp_path: Path, page: Path) -> str:
    (tmp_path / "browser.py").write_text(BROWSER)
    return f"{shlex.quote(sys.executable)} {tmp_path / 'browser.py'} %s {page}"


def ended(process: "subprocess.Popen[str]") -> tuple[int, str, str]:
    out, err = process.communicate(timeout=120)
    return process.returncode, out, err


class TestSignedIn:
    def test_one_object_a_line_and_nothing_of_the_browser_between(
        self, start_server: Start, run_pairgrant: Run, tmp_path: Path, browser: str
    ) -> None:
        server = start_server()
        login = run_pairgrant("login", "--browser", "--json", issuer=server.issuer, BROWSER=browser)
        code, out, err = ended(login)
        asked, authorized = (json.loads(line) for line in out.splitlines())
        assert asked["event"] == "browser"
        assert asked["authorization_uri"].startswith(f"{server.issuer}/authorize?response_type=code&")
        assert authorized == {
            "event": "authorized",
            "scope": "openid profile board:read",
            "expires_in": 600,
            "token_file": str(tmp_path / "run" / "tokens.json"),
        }
        assert (code, err) == (0, "")

    def test_its_tokens_are_those_that_every_command_works_on_with(
        self, start_server: Start, run_pairgrant: Run, tmp_path: Path, browser: str, page: Path
    ) -> None:
        server = start_server()
        code, out, err = ended(run_pairgrant("login", "--browser", issuer=server.issuer, BROWSER=browser))
        assert code == 0
        assert f"{server.issuer}/authorize?" in out
        assert "Signed in." in out
        assert "tokens.json" in err
        kept = json.loads((tmp_path / "run" / "tokens.json").read_text())
        assert kept["access_token"] not in out + err + page.read_text()
        assert "You are signed in" in page.read_text()
        assert ended(run_pairgrant("token", issuer=server.issuer))[1].strip() == kept["access_token"]
        assert ended(run_pairgrant("logout", issuer=server.issuer))[0] == 0
        assert server.seen("/revoke") == 1


class TestOtherEnds:
    @pytest.mark.parametrize("words", [("--json",), ()])
    def test_a_denial(
        self, start_server: Start, run_pairgrant: Run, browser: str, page: Path, words: tuple[str, ...]
    ) -> None:
        server = start_server()
        server.person("deny")
        login = run_pairgrant("login", "--browser", *words, issuer=server.issuer, BROWSER=browser)
        code, out, err = ended(login)
        assert code == 3
        assert "denied" in out + err
        assert "You denied the request" in page.read_text()

    @pytest.mark.parametrize("words", [("--json",), ()])
    def test_a_machine_without_a_browser_says_what_to_do(
        self, start_server: Start, run_pairgrant: Run, words: tuple[str, ...]
    ) -> None:
        nothing = {"BROWSER": "", "DISPLAY": "", "WAYLAND_DISPLAY": ""}
        server = start_server()
        code, out, err = ended(run_pairgrant("login", "--browser", *words, issuer=server.issuer, **nothing))
        assert code == 1
        assert "use your phone" in out + err
        assert ("no_browser" in out) == bool(words)
        assert server.seen("/authorize") == 0

    def test_a_server_that_is_gone(self, run_pairgrant: Run, browser: str) -> None:
        code, _, err = ended(
            run_pairgrant("login", "--browser", issuer="http://127.0.0.1:1", BROWSER=browser)
        )
        assert code == 1
        assert "127.0.0.1:1" in err


class TestSuggestion:
    @pytest.mark.parametrize("is_there", [True, False])
    def test_where_a_browser_is_at_hand_one_line_says_so(
        self, *, start_server: Start, run_pairgrant: Run, is_there: bool
    ) -> None:
        server = start_server("--expires-in", "2")
        screen = {
            "BROWSER": "",
            "WAYLAND_DISPLAY": "",
            "SSH_CONNECTION": "",
            "DISPLAY": ":9" if is_there else "",
        }
        code, _, err = ended(run_pairgrant("login", "--plain", issuer=server.issuer, **screen))
        assert code == 4
        assert ("pairgrant login --browser" in err) == is_there
