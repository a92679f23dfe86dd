"""``pairgrant login`` with a browser, a program in BROWSER that opens the address; and when it is used."""

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
        assert "Use your phone with --device-code" in out + err
        assert ("no_browser" in out) == bool(words)
        assert server.seen("/authorize") == 0

    def test_unreachable_server_has_an_exit_code_of_its_own(self, run_pairgrant: Run, browser: str) -> None:
        code, _, err = run_pairgrant("login", "--browser", issuer="http://127.0.0.1:1", BROWSER=browser).end()
        assert code == 7
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


@pytest.fixture
def _in_front(monkeypatch: pytest.MonkeyPatch) -> None:
    """A person at a terminal beside which a browser opens."""
    monkeypatch.setattr("pairgrant.commands.login.is_terminal", lambda: True)
    monkeypatch.setattr("pairgrant.commands.login.opens_in_front", lambda: True)


def by_code(login: CommandInProcess, server: FakeServer) -> tuple[int, str, str]:
    """A sign-in with a code."""
    login.until("WDJB-MJHT")
    server.person("approve")
    return login.end()


@pytest.mark.usefixtures("_in_front")
class TestDefault:
    def test_browser_in_front_of_the_person_is_used_and_not_remembered(
        self, start_server: Start, run_pairgrant: Run, tmp_path: Path, browser: str
    ) -> None:
        server = start_server()
        code, out, _ = run_pairgrant("login", issuer=server.issuer, BROWSER=browser).end()
        assert (code, server.seen("/device_authorization")) == (0, 0)
        assert "pairgrant login --device-code" in out
        assert [path.name for path in (tmp_path / "run").glob("*.json")] == ["tokens.json"]

    def test_request_is_pushed_where_the_server_supports_it(
        self, start_server: Start, run_pairgrant: Run, browser: str
    ) -> None:
        server = start_server()
        server.refuses_browser = False
        code, out, _ = run_pairgrant("login", issuer=server.issuer, BROWSER=browser).end()
        assert code == 0
        assert f"{server.issuer}/authorize?client_id=lobby-tv&request_uri=urn%3Aexample%3A1\n" in out

    def test_code_is_shown_if_the_server_has_no_sign_in_with_a_browser(
        self, start_server: Start, run_pairgrant: Run
    ) -> None:
        server = start_server()
        server.offers_browser = False
        code, _, err = by_code(run_pairgrant("login", issuer=server.issuer, BROWSER="false"), server)
        assert code == 0
        assert "pairgrant login --browser" not in err

    def test_code_is_shown_if_the_server_refuses_the_client_a_browser(
        self, start_server: Start, run_pairgrant: Run
    ) -> None:
        server = start_server()
        server.refuses_browser = True
        code, _, err = by_code(run_pairgrant("login", issuer=server.issuer, BROWSER="false"), server)
        assert (code, server.seen("/authorize")) == (0, 0)
        assert "so use your phone" in err
        assert "pairgrant login --browser" not in err

    def test_program_that_reads_json_gets_a_code(self, start_server: Start, run_pairgrant: Run) -> None:
        server = start_server()
        login = run_pairgrant("login", "--json", issuer=server.issuer, BROWSER="false")
        assert by_code(login, server)[0] == 0


class TestChoice:
    @pytest.mark.usefixtures("_in_front")
    def test_code_by_option_is_used_again_until_the_browser_is_chosen(
        self, start_server: Start, run_pairgrant: Run, browser: str
    ) -> None:
        server = start_server()

        def login(*words: str) -> CommandInProcess:
            return run_pairgrant("login", *words, issuer=server.issuer, BROWSER=browser)

        assert "--browser changes that" in by_code(login("--device-code"), server)[2]
        assert by_code(login(), server)[0] == 0
        assert "changes that" not in by_code(login("--device-code"), server)[2]
        server.person("approve")
        assert "--device-code changes that" in login("--browser").end()[2]
        assert login().end()[0] == 0
        assert server.seen("/authorize") == 2

    def test_remembered_browser_is_used_where_it_is_no_default(
        self, start_server: Start, run_pairgrant: Run, browser: str
    ) -> None:
        server = start_server()
        for words in (("--browser",), ()):
            assert run_pairgrant("login", *words, issuer=server.issuer, BROWSER=browser).end()[0] == 0
        assert server.seen("/authorize") == 2

    def test_remembered_browser_gives_way_to_a_code_where_there_is_none(
        self, start_server: Start, run_pairgrant: Run, browser: str
    ) -> None:
        server = start_server()
        run_pairgrant("login", "--browser", issuer=server.issuer, BROWSER=browser).end()
        nothing = {"BROWSER": "", "DISPLAY": "", "WAYLAND_DISPLAY": ""}
        assert by_code(run_pairgrant("login", issuer=server.issuer, **nothing), server)[0] == 0

    def test_failed_sign_in_is_not_remembered(
        self, start_server: Start, run_pairgrant: Run, tmp_path: Path, browser: str
    ) -> None:
        server = start_server()
        server.person("deny")
        assert run_pairgrant("login", "--browser", issuer=server.issuer, BROWSER=browser).end()[0] == 3
        assert list((tmp_path / "run").glob("*.device.json")) == []

    def test_refused_browser_by_option_suggests_the_code(
        self, start_server: Start, run_pairgrant: Run
    ) -> None:
        server = start_server()
        server.refuses_browser = True
        code, out, err = run_pairgrant("login", "--browser", issuer=server.issuer, BROWSER="false").end()
        assert (code, out) == (1, "")
        assert "--device-code" in err
        assert "http://127.0.0.1/callback" in err
        assert server.seen("/device_authorization") == 0

    def test_json_neither_uses_nor_changes_what_is_remembered(
        self, start_server: Start, run_pairgrant: Run, tmp_path: Path, browser: str
    ) -> None:
        server = start_server()
        words = ("login", "--json", "--browser")
        assert run_pairgrant(*words, issuer=server.issuer, BROWSER=browser).end()[0] == 0
        assert list((tmp_path / "run").glob("*.device.json")) == []
        assert run_pairgrant("login", "--browser", issuer=server.issuer, BROWSER=browser).end()[0] == 0
        login = run_pairgrant("login", "--json", issuer=server.issuer, BROWSER=browser)
        assert by_code(login, server)[0] == 0

    def test_two_ways_at_once_are_a_usage_error(self, run_pairgrant: Run) -> None:
        login = run_pairgrant("login", "--browser", "--device-code", issuer="https://pair.example")
        assert login.end()[0] == 2
