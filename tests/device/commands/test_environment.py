"""An environment that can't be used: one sentence that names the variable, in text and as JSON."""

import json
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.device.fake_server import FakeServer
from tests.device.running_command import CommandInProcess

Start = Callable[..., FakeServer]
Run = Callable[..., CommandInProcess]

UNUSABLE = [
    ("HTTP_PROXY", "ftp://proxy.example"),
    ("http_proxy", "http://"),
    ("ALL_PROXY", "gopher://proxy.example"),
    ("SSL_CERT_FILE", "/nowhere/ca.pem"),
    ("SSL_CERT_DIR", "/dev/null"),
]
FORGIVEN = [
    ("HTTP_PROXY", " http://127.0.0.1:1 "),
    ("NO_PROXY", "127.0.0.0/8,fd00::/8,[::1],[fe80::]/10"),
    ("ALL_PROXY", "socks5://127.0.0.1:1"),
]


@pytest.fixture
def closed_port() -> Iterator[int]:
    """A port of this machine on which nothing listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


@pytest.mark.parametrize(("variable", "value"), UNUSABLE)
def test_unusable_variable_is_named_in_one_line(run_pairgrant: Run, variable: str, value: str) -> None:
    changes = {variable: value}
    code, out, err = run_pairgrant("login", "--plain", issuer="http://a.example", **changes).end()
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert err.startswith(f"pairgrant: {variable} can't be used")


@pytest.mark.parametrize(("variable", "value"), UNUSABLE)
def test_unusable_variable_is_an_event_for_programs(run_pairgrant: Run, variable: str, value: str) -> None:
    changes = {variable: value}
    code, out, err = run_pairgrant("login", "--json", issuer="http://a.example", **changes).end()
    event = json.loads(out)
    assert (code, event["event"], event["error"], err) == (2, "error", "invalid_settings", "")
    assert event["message"].startswith(f"{variable} can't be used")


@pytest.mark.parametrize(("variable", "value"), FORGIVEN)
def test_variable_that_other_programs_understand_is_understood(
    start_server: Start, run_pairgrant: Run, variable: str, value: str
) -> None:
    server = start_server()
    login = run_pairgrant("login", "--json", issuer=server.issuer, **{variable: value})
    login.until('"code"')
    server.person("approve")
    assert login.end()[0] == 0


@pytest.mark.parametrize("scheme", ["http", "socks5"])
def test_proxy_that_cannot_be_reached_is_named_instead_of_the_server(
    run_pairgrant: Run, closed_port: int, scheme: str
) -> None:
    proxy = f"{scheme}://user:hunter2@127.0.0.1:{closed_port}"
    changes = {"ALL_PROXY": proxy, "NO_PROXY": ""}
    code, out, _ = run_pairgrant("login", "--json", issuer="http://pair.example", **changes).end()
    message = json.loads(out.splitlines()[-1])["message"]
    assert f"The proxy {scheme}://127.0.0.1:{closed_port} can't be reached. Check ALL_PROXY" in message
    assert "hunter2" not in message
    assert code == 7


def test_proxy_that_cannot_reach_the_server_is_named_too(start_server: Start, run_pairgrant: Run) -> None:
    proxy = start_server()  # it knows no CONNECT
    changes = {"HTTPS_PROXY": proxy.issuer, "NO_PROXY": ""}
    code, out, _ = run_pairgrant("login", "--json", issuer="https://pair.example", **changes).end()
    message = json.loads(out.splitlines()[-1])["message"]
    assert f"The proxy {proxy.issuer} doesn't connect to the server" in message
    assert code == 7


@pytest.mark.parametrize("command", [["login", "--plain"], ["token"], ["logout"], ["enroll"]])
def test_missing_home_folder_says_what_to_set(
    run_pairgrant: Run, monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    def unknown(*_: object, **__: object) -> Path:
        return Path("~/.local/state/pairgrant")  # as it is for an account that the system doesn't know

    monkeypatch.setattr("platformdirs.user_state_path", unknown)
    changes = {"PAIRGRANT_TOKEN_FILE": ""}
    code, out, err = run_pairgrant(*command, issuer="http://a.example", **changes).end()
    assert (code, out) == (2, "")
    assert err == (
        "pairgrant: There is no folder for the tokens, because this account has no home folder. "
        "Set HOME or XDG_STATE_HOME, or choose --token-file.\n"
    )
