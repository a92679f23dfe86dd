"""The provisioning file of a kiosk: precedence, and what is refused with its place."""

import os
from pathlib import Path

import pytest

from pairgrant.cli import command_line, main
from pairgrant.commands.chosen import Chosen, choose
from pairgrant.commands.kiosk import KIOSK, kiosk_options
from pairgrant.commands.option import Option
from pairgrant.commands.options import settings_of
from pairgrant.commands.provisioning import Provisioning, read_provisioning
from pairgrant.errors import DeviceSettingsError


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for option in KIOSK:
        monkeypatch.delenv(option.variable, raising=False)


def written(path: Path, text: str, mode: int = 0o600) -> Path:
    path.write_text(text)
    path.chmod(mode)
    return path


def read(path: Path, text: str, mode: int = 0o600) -> Provisioning:
    return read_provisioning(written(path, text, mode), KIOSK)


def chosen(path: Path, text: str, *arguments: str) -> Chosen:
    given = command_line().parse_args(["kiosk", *arguments])
    return choose(given, KIOSK, os.environ, read(path, text).entries)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "kiosk.toml"


def test_option_precedes_variable_precedes_file_precedes_default(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = 'issuer = "https://file.example"\nclient_id = "file"\ndevice_name = "File"\n'
    monkeypatch.setenv("PAIRGRANT_ISSUER", "https://variable.example")
    monkeypatch.setenv("PAIRGRANT_CLIENT_ID", "variable")
    found = chosen(file, text, "--issuer", "https://option.example")
    assert [
        (found[name], found.origin(name)) for name in ("issuer", "client_id", "device_name", "scope")
    ] == [
        ("https://option.example", "option"),
        ("variable", "PAIRGRANT_CLIENT_ID"),
        ("File", f"{file}:3"),
        (None, "default"),
    ]


def test_keys_may_have_dashes_and_switches_are_booleans(file: Path) -> None:
    text = 'device-name = "Lobby"\nauto = true\ndpop = false\n"static-qr" = true\n'
    found = chosen(file, text)
    settings = settings_of(found)
    assert (settings.device_name, settings.uses_dpop, settings.static_qr) == ("Lobby", False, True)
    assert kiosk_options(found).auto is True


@pytest.mark.parametrize("option", [one for one in KIOSK if one.is_switch])
def test_switch_of_the_command_line_overrides_the_file(file: Path, option: Option) -> None:
    off = option.flag.startswith("--no-")
    found = chosen(file, f"{option.name} = {'true' if off else 'false'}", option.flag)
    assert found[option.name] is not off


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('isuer = "https://x"', ":1: there is no key isuer. Did you mean issuer?"),
        ('# one\n\nthemes="dark"', ":3: there is no key themes. Did you mean theme?"),
        ('zzz = ""', ":1: there is no key zzz. docs/device.md lists the keys."),
        ('"\\u001b[2J" = ""', r": there is no key \x1b[2J. docs/device.md lists the keys."),
        ("no_dpop = true", ":1: there is no key no_dpop. Write dpop = false."),
        ('theme = "drak"', ":1: theme can't be used: 'drak' is not "),
        ("theme = 5", ":1: theme can't be used: it has to be a text in quotes."),
        ("issuer = true", ":1: issuer can't be used: it has to be a text in quotes."),
        ('auto = "yes"', ":1: auto can't be used: it has to be true or false, without quotes."),
        ("auto = 1", ":1: auto can't be used: it has to be true or false, without quotes."),
        ('pin = "1234"', ":1: pin can't be used. A PIN never stands in this file"),
        ('config = "x"', ":1: config can't be used. A file can't name another one."),
        ('[brand]\nname = "x"', ":1: [brand] can't be used: the keys of this file stand without sections."),
        ('a.issuer = "x"', ":1: [a] can't be used: the keys of this file stand without sections."),
        ('client-id = "a"\nclient_id = "b"', ":2: client_id stands here twice"),
        ('issuer = "a"\nissuer = "b"', " can't be used: Cannot overwrite a value"),
        ('issuer = "https://x', " can't be used: "),
        ("x = " + "[" * 5000, " can't be used: "),
        ("#" * 70_000, " can't be used: it has more than 65536 bytes."),
    ],
)
def test_unusable_entry_is_named_with_its_place(file: Path, text: str, problem: str) -> None:
    (found,) = read(file, text).problems
    assert found.startswith(f"{file}{problem}")
    with pytest.raises(DeviceSettingsError):
        read(file, text).check()


def test_all_unusable_entries_are_found_and_the_usable_ones_are_kept(file: Path) -> None:
    found = read(file, 'isuer = "x"\ntheme = 1\nclient_id = "tv"\n')
    assert len(found.problems) == 2
    assert found.entries.keys() == {"client_id"}
    with pytest.raises(DeviceSettingsError, match=r"1 more: pairgrant kiosk --check-config lists them"):
        found.check()


@pytest.mark.parametrize("body", [b"\xff", b"issuer = '\xe9'"])
def test_bytes_that_are_no_utf_8_are_refused(file: Path, body: bytes) -> None:
    file.write_bytes(body)
    assert "is no UTF-8" in read_provisioning(file, KIOSK).problems[0]


def test_number_with_thousands_of_digits_is_a_problem_of_the_file(file: Path) -> None:
    (problem,) = read(file, f"guest_idle = {'1' * 5000}").problems
    assert problem.startswith(f"{file} can't be used: Exceeds the limit")


def test_folder_pipe_and_missing_file_are_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for name in ("", "pipe", "none"):
        (problem,) = read_provisioning(tmp_path / name, KIOSK).problems
        assert "can't be used: " in problem


def test_file_that_everyone_can_write_is_refused(file: Path) -> None:
    assert "everyone can write to it" in read(file, "auto = true", 0o602).problems[0]


class TestClientSecret:
    def test_private_file_may_have_the_secret(self, file: Path) -> None:
        secret = settings_of(chosen(file, 'client_secret = "hush"')).client_secret
        assert secret is not None
        assert secret.reveal() == "hush"

    @pytest.mark.parametrize("mode", [0o640, 0o604, 0o644])
    def test_file_that_others_can_read_may_not(self, file: Path, mode: int) -> None:
        (problem,) = read(file, 'client_secret = "hush"', mode).problems
        assert f"its mode is {mode:04o}" in problem
        assert "hush" not in problem

    def test_credential_of_systemd_counts_as_private(
        self, file: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(file.parent))
        assert read(file, 'client_secret = "hush"', 0o440).problems == ()
        assert read(file, 'client_secret = "hush"', 0o444).problems != ()

    def test_secret_can_be_in_a_file_of_its_own(self, file: Path, tmp_path: Path) -> None:
        own = written(tmp_path / "secret", "hush\nsecond line\n")
        secret = settings_of(chosen(file, f'client_secret_file = "{own}"')).client_secret
        assert secret is not None
        assert secret.reveal() == "hush"

    @pytest.mark.parametrize(
        ("body", "mode", "reason"),
        [("hush", 0o644, "can be read by others"), ("", 0o600, "is empty"), ("\nhush", 0o600, "is empty")],
    )
    def test_unusable_file_is_named_by_the_place_of_its_key(
        self, file: Path, tmp_path: Path, body: str, mode: int, reason: str
    ) -> None:
        own = written(tmp_path / "secret", body, mode)
        with pytest.raises(DeviceSettingsError, match=reason) as error:
            settings_of(chosen(file, f'client_secret_file = "{own}"'))
        assert str(error.value).startswith(f"{file}:1: client_secret_file can't be used: ")
        assert "hush" not in str(error.value)

    def test_variable_precedes_the_file_of_a_provisioning_file(
        self, file: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("PAIRGRANT_CLIENT_SECRET", "variable")
        secret = settings_of(chosen(file, 'client_secret_file = "/nowhere"')).client_secret
        assert secret is not None
        assert secret.reveal() == "variable"

    def test_both_in_one_file_are_refused(self, file: Path) -> None:
        with pytest.raises(DeviceSettingsError, match="together with client_secret"):
            settings_of(chosen(file, 'client_secret = "a"\nclient_secret_file = "/b"'))


def test_invalid_value_is_named_by_its_place_or_its_variable(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(DeviceSettingsError) as error:
        settings_of(chosen(file, 'issuer = "ftp://x"'))
    assert str(error.value).startswith(f"{file}:1: issuer can't be used: ")
    monkeypatch.setenv("PAIRGRANT_ISSUER", "ftp://x")
    with pytest.raises(DeviceSettingsError) as error:
        settings_of(chosen(file, ""))
    assert str(error.value).startswith("PAIRGRANT_ISSUER can't be used: ")


class TestCheckConfig:
    def run(self, capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
        code = main(["kiosk", "--check-config", *arguments])
        return code, capsys.readouterr().out

    def test_values_are_printed_with_their_origins_and_without_the_secret(
        self,
        file: Path,
        tmp_path: Path,
        capsys: pytest.CaptureFixture[str],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        tokens = tmp_path / "state" / "tokens.json"
        written(file, f'issuer = "https://x.example"\nclient_secret = "hush"\ntoken_file = "{tokens}"\n')
        monkeypatch.setenv("PAIRGRANT_CLIENT_ID", "tv")
        code, out = self.run(capsys, "--offline", "--config", str(file), "--theme", "light")
        rows = {line.split()[0]: line.split()[1:] for line in out.splitlines() if line}
        assert rows["issuer"] == ["https://x.example", f"{file}:1"]
        assert rows["client_id"] == ["tv", "PAIRGRANT_CLIENT_ID"]
        assert rows["client_secret"] == ["(set)", f"{file}:2"]
        assert rows["theme"] == ["light", "option"]
        assert rows["static_qr"] == ["no", "default"]
        assert "hush" not in out
        assert (code, out.splitlines()[-1]) == (0, "No problems.")
        assert not tokens.parent.exists(), "a check creates nothing"

    def test_all_problems_are_listed(
        self,
        file: Path,
        tmp_path: Path,
        capsys: pytest.CaptureFixture[str],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setenv("PAIRGRANT_THEME", "pink")
        written(
            file,
            'isuer = "x"\nca_file = "/nowhere"\nclient_id = ""\nlog_file = "/nowhere/log"\n'
            f'device_label = "{"x" * 41}"\ntoken_file = "{file}/tokens.json"\nhealth_file = "{tmp_path}"\n',
        )
        code, out = self.run(capsys, "--offline", "--config", str(file))
        problems = [line.removeprefix("Problem: ") for line in out.splitlines() if "Problem: " in line]
        assert [problem.split(" can't be used")[0].removeprefix(f"{file}:") for problem in problems] == [
            "1: there is no key isuer. Did you mean issuer?",
            "PAIRGRANT_THEME",
            "3: client_id",
            "2: ca_file",
            "5: device_label",
            "token_file",
            "log_file",
            "health_file",
        ]
        assert (code, out.splitlines()[-1]) == (1, "8 problems.")

    @pytest.mark.parametrize(
        ("option", "name"), [("lock = true", "--lock"), ('guest_until = "18:00"', "--guest-until")]
    )
    def test_lines_of_text_where_only_screens_are_safe_are_a_problem(
        self, file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], option: str, name: str
    ) -> None:
        written(file, f'{option}\nplain = true\ntoken_file = "{tmp_path / "t.json"}"\n')
        code, out = self.run(capsys, "--offline", "--config", str(file))
        assert f"Problem: {file}:2: plain can't be used: {name} needs" in out
        assert (code, out.splitlines()[-1]) == (1, "1 problem.")

    def test_server_that_does_not_respond_is_a_problem_unless_offline(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("PAIRGRANT_TOKEN_FILE", str(tmp_path / "tokens.json"))
        issuer = ("--no-config", "--issuer", "http://127.0.0.1:1")
        code, out = self.run(capsys, *issuer)
        assert code == 1
        assert "Problem: http://127.0.0.1:1 can't be reached." in out
        assert self.run(capsys, *issuer, "--offline")[0] == 0

    def test_invalid_certificates_are_a_problem(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        authorities = written(tmp_path / "ca.pem", "nonsense")
        code, out = self.run(
            capsys,
            "--no-config",
            "--offline",
            "--ca-file",
            str(authorities),
            "--token-file",
            str(tmp_path / "t.json"),
        )
        assert code == 1
        assert f"--ca-file can't be used: {authorities} has no certificates." in out
