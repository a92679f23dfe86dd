"""The command line as it is read: options, the variables in their place, and nothing by accident."""

from pathlib import Path

import pytest

from pairgrant.cli import command_line
from pairgrant.commands.options import settings_of
from pairgrant.settings import DeviceSettings
from pairgrant_protocol.secret import Secret


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ISSUER", "CLIENT_ID", "SCOPE", "DEVICE_NAME", "TOKEN_FILE", "CA_FILE", "THEME", "HINT"):
        monkeypatch.delenv(f"PAIRGRANT_{name}", raising=False)
    monkeypatch.delenv("PAIRGRANT_CLIENT_SECRET", raising=False)


def settings(*arguments: str) -> DeviceSettings:
    return settings_of(command_line().parse_args(arguments))


def test_settings_without_options_are_the_defaults() -> None:
    assert settings("kiosk") == settings("login") == settings("token") == DeviceSettings.checked()


def test_every_option_has_its_variable(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("")
    variables = {
        "PAIRGRANT_ISSUER": "https://pair.example",
        "PAIRGRANT_CLIENT_ID": "tv",
        "PAIRGRANT_SCOPE": "openid x",
        "PAIRGRANT_DEVICE_NAME": "Lobby",
        "PAIRGRANT_TOKEN_FILE": "/somewhere/tokens.json",
        "PAIRGRANT_CA_FILE": str(tmp_path / "ca.pem"),
        "PAIRGRANT_CLIENT_SECRET": "hush",
        "PAIRGRANT_HINT": "Demo",
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert settings("login") == DeviceSettings(
        issuer="https://pair.example",
        client_id="tv",
        scope=("openid", "x"),
        device_name="Lobby",
        token_file=Path("/somewhere/tokens.json"),
        ca_file=tmp_path / "ca.pem",
        client_secret=Secret("hush"),
        hint="Demo",
    )


def test_option_takes_precedence_and_empty_variable_counts_as_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAIRGRANT_ISSUER", "https://variable.example")
    monkeypatch.setenv("PAIRGRANT_CLIENT_ID", "")
    chosen = settings("token", "--issuer", "https://option.example")
    assert (chosen.issuer, chosen.client_id) == ("https://option.example", "lobby-tv")


def test_console_gets_its_own_theme(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PAIRGRANT_THEME", raising=False)
    monkeypatch.setenv("TERM", "linux")
    assert command_line().parse_args(["kiosk"]).theme == "console"


def test_unknown_theme_in_the_variable_is_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("PAIRGRANT_THEME", "nonsense")
    assert command_line().parse_args(["kiosk"]).theme == "dark"
    monkeypatch.setenv("PAIRGRANT_THEME", "light")
    assert command_line().parse_args(["login"]).theme == "light"


@pytest.mark.parametrize(
    "arguments", [["kiosk", "--iss", "x"], ["frobnicate"], ["login", "--plain", "--json"], ["--vers"]]
)
def test_abbreviated_or_unknown_arguments_are_a_usage_error(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        command_line().parse_args(arguments)
    assert ended.value.code == 2
    assert "usage:" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["kiosk", "login", "token", "logout", "enroll"])
def test_help_fits_80_columns(
    command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    with pytest.raises(SystemExit):
        command_line().parse_args([command, "--help"])
    assert [line for line in capsys.readouterr().out.splitlines() if len(line) > 80] == []


@pytest.mark.parametrize(
    "request_to_sign",
    [
        ("BAD METHOD", "https://api.example"),
        ("GET1", "https://api.example"),
        ("", "https://api.example"),
        ("GET", "api.example"),
        ("GET", "ftp://api.example"),
        ("GET", "https://user@api.example"),
        ("GET", "https://api.example/\x1b[2J"),
    ],
)
def test_headers_are_only_printed_for_an_http_request(
    request_to_sign: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        command_line().parse_args(["token", "--headers", *request_to_sign])
    assert end.value.code == 2
    assert "--headers" in capsys.readouterr().err.splitlines()[-1]


def test_method_of_the_request_is_sent_in_upper_case() -> None:
    given = command_line().parse_args(["token", "--headers", "get", "https://api.example/board?page=2"])
    assert given.headers == ("GET", "https://api.example/board?page=2")
