"""The command line as it is read: options, the variables in their place, and nothing by accident."""

import json
from datetime import time
from pathlib import Path

import pytest

from pairgrant.cli import command_line, parsed
from pairgrant.commands.kiosk import KIOSK, kiosk_options
from pairgrant.commands.option import Form, Option
from pairgrant.commands.options import chosen_by, settings_of
from pairgrant.errors import DeviceSettingsError
from pairgrant.kiosk_options import AUTO, KioskOptions
from pairgrant.settings import DeviceSettings
from pairgrant_protocol.secret import Secret


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for option in KIOSK:
        monkeypatch.delenv(option.variable, raising=False)


def settings(*arguments: str) -> DeviceSettings:
    return settings_of(chosen_by(command_line().parse_args(arguments)))


def options(*arguments: str) -> KioskOptions:
    return kiosk_options(chosen_by(command_line().parse_args(["kiosk", *arguments])))


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
        "PAIRGRANT_SIGN_IN_HINT": "Sign in as demo",
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
        sign_in_hint="Sign in as demo",
    )


def test_option_takes_precedence_and_empty_variable_counts_as_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAIRGRANT_ISSUER", "https://variable.example")
    monkeypatch.setenv("PAIRGRANT_CLIENT_ID", "")
    chosen = settings("token", "--issuer", "https://option.example")
    assert (chosen.issuer, chosen.client_id) == ("https://option.example", "lobby-tv")


def test_console_gets_its_own_theme(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "linux")
    assert options().theme == "console"


def test_theme_suits_the_terminal_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    assert options().theme == AUTO


def test_variable_chooses_the_theme_unless_the_option_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAIRGRANT_THEME", "light")
    assert options().theme == "light"
    assert options("--theme", "dark").theme == "dark"


@pytest.mark.parametrize(
    ("variable", "value", "reason"),
    [
        (
            "PAIRGRANT_THEME",
            "pink\x1b[2J",
            r"'pink\\x1b[2J' is not auto, dark, light, high-contrast or console",
        ),
        ("PAIRGRANT_AUTO", "maybe", "'maybe' is neither yes nor no"),
        ("PAIRGRANT_DPOP", "perhaps", "'perhaps' is neither yes nor no"),
        ("PAIRGRANT_STATIC_QR", "2", "'2' is neither yes nor no"),
    ],
)
def test_wrong_value_of_a_variable_is_named_and_not_ignored(
    variable: str, value: str, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(DeviceSettingsError) as error:
        options()
    assert str(error.value) == f"{variable} can't be used: {reason}."


@pytest.mark.parametrize("option", [one for one in KIOSK if one.is_switch and one.has_variable])
def test_switch_follows_its_variable(option: Option, monkeypatch: pytest.MonkeyPatch) -> None:
    for word, value in (("yes", True), ("On", True), ("no", False), ("0", False)):
        monkeypatch.setenv(option.variable, word)
        assert chosen_by(command_line().parse_args(["kiosk"]))[option.name] is value
    assert chosen_by(command_line().parse_args(["kiosk", option.flag]))[option.name] is (
        option.form is not Form.OFF
    )


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


@pytest.mark.parametrize("command", ["kiosk", "login", "token", "logout", "enroll", "doctor"])
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


@pytest.mark.parametrize("command", ["kiosk", "login", "token", "logout", "enroll", "doctor"])
def test_unknown_option_prints_the_usage_of_its_command(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        parsed([command, "--frobnicate"])
    assert end.value.code == 2
    err = capsys.readouterr().err
    assert err.startswith(f"usage: pairgrant {command} ")
    assert err.splitlines()[-1] == f"pairgrant {command}: error: unrecognized arguments: --frobnicate"


@pytest.mark.parametrize(
    "arguments",
    [["login", "--json", "--frobnicate"], ["login", "--json", "--theme", "pink"], ["what", "--json"]],
)
def test_wrong_usage_is_an_event_for_a_program(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        parsed(arguments)
    out, err = capsys.readouterr()
    event = json.loads(out)
    assert (end.value.code, event["event"], event["error"], err) == (2, "error", "invalid_settings", "")
    assert event["message"]


class TestLock:
    @pytest.fixture
    def pin_file(self, tmp_path: Path) -> Path:
        path = tmp_path / "pin"
        path.write_text("2468\n")
        path.chmod(0o600)
        return path

    def test_pin_is_the_first_line_of_a_private_file(self, pin_file: Path) -> None:
        chosen = options("--lock", "--pin-file", str(pin_file))
        assert chosen.lock
        assert chosen.pin == Secret("2468")
        assert "2468" not in repr(chosen)
        assert options("--lock").pin is None

    @pytest.mark.parametrize("text", ["", "246", "1234567890123", "12a4", "٢٤٦٨", "12 34", "-1234"])
    def test_file_without_4_to_12_digits_is_refused_without_being_quoted(
        self, pin_file: Path, text: str
    ) -> None:
        pin_file.write_text(text)
        with pytest.raises(DeviceSettingsError, match="--pin-file can't be used: ") as refused:
            options("--lock", "--pin-file", str(pin_file))
        assert not text or text not in str(refused.value).replace(str(pin_file), "").replace("4 to 12", "")

    @pytest.mark.parametrize("mode", [0o640, 0o604, 0o666])
    def test_file_that_others_can_use_is_refused(self, pin_file: Path, mode: int) -> None:
        pin_file.chmod(mode)
        with pytest.raises(DeviceSettingsError, match=r"can be read by others .* `chmod 600"):
            options("--lock", "--pin-file", str(pin_file))

    def test_missing_file_is_named(self, tmp_path: Path) -> None:
        with pytest.raises(DeviceSettingsError, match=r"--pin-file can't be used: No such file"):
            options("--lock", "--pin-file", str(tmp_path / "none"))

    def test_pin_file_without_the_lock_is_refused(self, pin_file: Path) -> None:
        with pytest.raises(DeviceSettingsError, match="has no effect without --lock"):
            options("--pin-file", str(pin_file))

    def test_lock_is_refused_for_lines_of_text(self) -> None:
        parsed_arguments = command_line().parse_args(["kiosk", "--no-config", "--plain", "--lock"])
        with pytest.raises(DeviceSettingsError, match="--plain can't be used: --lock needs the screens"):
            parsed_arguments.run(parsed_arguments)


class TestGuests:
    def test_minutes_and_a_time_of_day_are_read(self, monkeypatch: pytest.MonkeyPatch) -> None:
        chosen = options("--guest-idle", "5", "--guest-until", "18:00")
        assert (chosen.guest_idle, chosen.guest_until) == (300.0, time(18))
        assert not options().is_for_guests
        monkeypatch.setenv("PAIRGRANT_GUEST_UNTIL", "06:30")
        assert options().guest_until == time(6, 30)

    @pytest.mark.parametrize("minutes", ["0", "1441", "-5", "1.5", "five", "\u0665", "99999999999"])
    def test_wrong_number_of_minutes_is_refused(self, minutes: str) -> None:
        with pytest.raises(DeviceSettingsError, match=r"--guest-idle can't be used: .* from 1 to 1440"):
            options(f"--guest-idle={minutes}")

    @pytest.mark.parametrize("text", ["24:00", "6:30", "18", "18:60", "18:00:00", "6pm"])
    def test_wrong_time_is_refused(self, text: str) -> None:
        with pytest.raises(DeviceSettingsError, match=r"--guest-until can't be used: .* such as 18:00"):
            options("--guest-until", text)

    def test_guests_are_refused_for_lines_of_text(self) -> None:
        arguments = command_line().parse_args(["kiosk", "--no-config", "--plain", "--guest-idle", "5"])
        with pytest.raises(DeviceSettingsError, match="--plain can't be used: --guest-idle needs"):
            arguments.run(arguments)
