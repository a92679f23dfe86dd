"""The commands against a server on a real socket: what they print, and how they end."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.device.fake_server import FakeServer
from tests.device.running_command import CommandInProcess, CommandProcess

Start = Callable[..., FakeServer]
Run = Callable[..., CommandInProcess]
StartProcess = Callable[..., CommandProcess]
SignIn = Callable[[FakeServer], None]


@pytest.fixture
def sign_in(run_pairgrant: Run) -> SignIn:
    def run(server: FakeServer) -> None:
        login = run_pairgrant("login", "--json", issuer=server.issuer)
        login.until('"code"')
        server.person("approve")
        assert login.end()[0] == 0

    return run


class TestLoginJson:
    def test_output_is_one_json_object_per_line_from_code_to_authorized(
        self, start_server: Start, run_pairgrant: Run, tmp_path: Path
    ) -> None:
        server = start_server()
        login = run_pairgrant("login", "--json", issuer=server.issuer)
        login.until('"code"')
        server.person("stage/opened")
        login.until('"opened"')
        server.person("approve")
        code, out, err = login.end()
        events = [json.loads(line) for line in out.splitlines()]
        token_file = tmp_path / "run" / "tokens.json"
        assert events == [
            {
                "event": "code",
                "user_code": "WDJB-MJHT",
                "verification_uri": f"{server.issuer}/device",
                "verification_uri_complete": f"{server.issuer}/D/WDJBMJHT",
                "expires_in": 600,
                "expires_at": events[0]["expires_at"],
                "interval": 1,
            },
            *[event for event in events if event == {"event": "stage", "stage": "waiting"}],
            {"event": "stage", "stage": "opened"},
            {
                "event": "authorized",
                "scope": "openid profile board:read",
                "expires_in": 600,
                "token_file": str(token_file),
                "name": "Ada Lovelace",
            },
        ]
        assert (code, err) == (0, "")
        kept = json.loads(token_file.read_text())
        assert kept["access_token"] not in out
        assert kept["refresh_token"] not in out

    def test_number_is_an_event_of_its_own(self, start_server: Start, run_pairgrant: Run) -> None:
        server = start_server()
        login = run_pairgrant("login", "--json", issuer=server.issuer)
        login.until('"code"')
        server.person("number/47")
        assert json.loads(login.until('"number"')) == {"event": "number", "number": "47"}
        server.person("approve")
        code, out, _ = login.end()
        assert (code, out.count('"47"')) == (0, 1)

    @pytest.mark.parametrize("form", ["--json", "--plain"])
    def test_lines_of_text_can_show_a_number_but_no_changing_qr_code(
        self, start_server: Start, run_pairgrant: Run, form: str
    ) -> None:
        server = start_server()
        login = run_pairgrant("login", form, issuer=server.issuer)
        login.until("WDJB-MJHT")
        server.person("approve")
        assert login.end()[0] == 0
        assert set(server.capabilities) - {"browser"} == {"number"}

    def test_machine_with_a_browser_says_so(self, start_server: Start, run_pairgrant: Run) -> None:
        server = start_server()
        login = run_pairgrant("login", "--json", issuer=server.issuer, BROWSER="firefox")
        login.until("WDJB-MJHT")
        server.person("approve")
        assert login.end()[0] == 0
        assert server.capabilities == ["number", "browser"]

    @pytest.mark.parametrize(
        ("decision", "event", "exit_code"), [("deny", "denied", 3), ("expire", "expired", 4)]
    )
    def test_denial_and_expiry_have_an_event_and_an_exit_code(
        self, start_server: Start, run_pairgrant: Run, decision: str, event: str, exit_code: int
    ) -> None:
        server = start_server()
        login = run_pairgrant("login", "--json", issuer=server.issuer)
        login.until('"code"')
        server.person(decision)
        code, out, _ = login.end()
        assert (code, json.loads(out.splitlines()[-1])) == (exit_code, {"event": event})

    def test_return_pin_is_read_from_stdin_as_a_line(self, start_server: Start, run_pairgrant: Run) -> None:
        server = start_server()
        server.person("pin/042")
        login = run_pairgrant("login", "--json", issuer=server.issuer, types=True)
        login.until('"code"')
        server.person("approve")
        wanted = json.loads(login.until('"pin_wanted"'))
        assert wanted == {"event": "pin_wanted", "digits": 3, "tries_left": 3}
        login.type("forty-two\n043\n")
        assert json.loads(login.until('"warning"'))["message"].startswith("Write exactly 3 digits")
        assert json.loads(login.until('"pin_wanted"'))["tries_left"] == 2
        login.type("042\n")
        code, out, _ = login.end()
        assert (code, json.loads(out.splitlines()[-1])["event"]) == (0, "authorized")

    def test_three_wrong_return_pins_are_a_denial_with_a_reason(
        self, start_server: Start, run_pairgrant: Run
    ) -> None:
        server = start_server()
        server.person("pin/042")
        login = run_pairgrant("login", "--json", issuer=server.issuer, types=True)
        login.until('"code"')
        server.person("approve")
        login.type("001\n002\n003\n")
        code, out, _ = login.end()
        assert (code, json.loads(out.splitlines()[-1])) == (3, {"event": "denied", "reason": "return_pin"})

    @pytest.mark.parametrize(
        ("arguments", "error", "exit_code"),
        [
            (("--issuer", "http://127.0.0.1:1"), "unreachable", 7),
            (("--issuer", "nonsense"), "invalid_settings", 2),
            (("--client-id", "stranger"), "invalid_client", 1),
            (("--ca-file", "/nowhere"), "invalid_settings", 2),
        ],
    )
    def test_every_error_is_an_event(
        self, start_server: Start, run_pairgrant: Run, arguments: tuple[str, ...], error: str, exit_code: int
    ) -> None:
        server = start_server()
        code, out, err = run_pairgrant("login", "--json", *arguments, issuer=server.issuer).end()
        (line,) = out.splitlines()
        event = json.loads(line)
        assert (code, event["event"], event["error"], err) == (exit_code, "error", error, "")
        assert event["message"]


class TestLoginPlain:
    def test_login_without_a_terminal_is_in_plain_text_and_says_so(
        self, start_server: Start, run_pairgrant: Run, tmp_path: Path
    ) -> None:
        server = start_server()
        login = run_pairgrant("login", issuer=server.issuer)
        login.until("WDJB-MJHT")
        server.person("approve")
        code, out, err = login.end()
        assert code == 0
        assert "not a terminal" in err
        assert str(tmp_path / "run" / "tokens.json") in err
        assert f"{server.issuer}/device" in out
        assert not {"\x1b", "█"} & set(out + err)

    def test_login_without_stdin_fails_as_soon_as_a_return_pin_is_required(
        self, start_server: Start, run_pairgrant: Run
    ) -> None:
        server = start_server()
        server.person("pin/042")
        login = run_pairgrant("login", "--plain", issuer=server.issuer)
        login.until("WDJB-MJHT")
        server.person("approve")
        code, out, err = login.end()
        assert code == 1
        assert "Type the three digits" in out
        assert "no way to type them here" in err
        assert "Traceback" not in err

    def test_return_pin_is_typed_as_a_line(self, start_server: Start, run_pairgrant: Run) -> None:
        server = start_server()
        server.person("pin/042")
        login = run_pairgrant("login", "--plain", issuer=server.issuer, types=True)
        login.until("WDJB-MJHT")
        server.person("approve")
        login.until("Type the three digits")
        login.type("0 4 2\n")
        code, out, _ = login.end()
        assert (code, out.splitlines()[-2:]) == (0, ["Hello, Ada Lovelace.", "Signed in."])

    def test_number_is_printed_as_one_line(self, start_server: Start, run_pairgrant: Run) -> None:
        server = start_server()
        login = run_pairgrant("login", "--plain", issuer=server.issuer)
        login.until("WDJB-MJHT")
        server.person("number/47")
        assert login.until(": 47\n") == "Type this number on your phone: 47\n"
        server.person("stage/finishing")
        assert login.until("undo") == "Finishing: your phone can still undo this.\n"
        server.person("approve")
        code, out, _ = login.end()
        assert (code, out.count(": 47\n")) == (0, 1)

    def test_unknown_client_is_told_to_check_client_id(self, start_server: Start, run_pairgrant: Run) -> None:
        server = start_server()
        login = run_pairgrant("login", "--plain", "--client-id", "stranger", issuer=server.issuer)
        code, _, err = login.end()
        assert code == 1
        assert "--client-id" in err
        assert "Traceback" not in err

    def test_server_without_device_grant_is_told_to_check_issuer(
        self, start_server: Start, run_pairgrant: Run
    ) -> None:
        server = start_server()
        code, _, err = run_pairgrant("login", "--plain", issuer=f"{server.issuer}/elsewhere").end()
        assert code == 1
        assert "--issuer" in err

    @pytest.mark.parametrize("form", ["--plain", "--json"])
    def test_ctrl_c_ends_with_130_and_no_traceback(
        self, start_server: Start, start_pairgrant: StartProcess, form: str
    ) -> None:
        server = start_server()
        login = start_pairgrant("login", form, issuer=server.issuer)
        login.until("WDJB-MJHT")
        login.interrupt()
        code, _, err = login.end()
        assert code == 130
        assert "Traceback" not in err

    def test_plain_and_json_together_are_a_usage_error(self, run_pairgrant: Run) -> None:
        code, out, _ = run_pairgrant("login", "--plain", "--json", issuer="http://127.0.0.1:1").end()
        assert code == 2
        assert "not allowed with" in json.loads(out)["message"]


class TestToken:
    def test_fresh_token_is_printed_without_a_request(
        self, start_server: Start, run_pairgrant: Run, sign_in: SignIn, tmp_path: Path
    ) -> None:
        server = start_server()
        sign_in(server)
        asked = server.seen("/token")
        code, out, _ = run_pairgrant("token", issuer=server.issuer).end()
        kept = json.loads((tmp_path / "run" / "tokens.json").read_text())
        assert (code, out) == (0, kept["access_token"] + "\n")
        assert server.seen("/token") == asked

    def test_six_at_once_refresh_an_old_token_once(
        self, start_server: Start, start_pairgrant: StartProcess, sign_in: SignIn, tmp_path: Path
    ) -> None:
        """The server ends the sign-in when a refresh token comes twice: a race would be seen."""
        server = start_server()
        sign_in(server)
        path = tmp_path / "run" / "tokens.json"
        kept = json.loads(path.read_text())
        path.write_text(json.dumps({**kept, "obtained_at": kept["obtained_at"] - 550}))
        asked = server.seen("/token")
        processes = [start_pairgrant("token", issuer=server.issuer) for _ in range(6)]
        ends = [process.end() for process in processes]
        fresh = json.loads(path.read_text())["access_token"]
        assert [(code, out.strip()) for code, out, _ in ends] == [(0, fresh)] * 6
        assert fresh != kept["access_token"]
        assert server.seen("/token") == asked + 1

    def test_valid_token_is_printed_while_the_server_is_down_and_an_expired_one_is_not(
        self, start_server: Start, run_pairgrant: Run, sign_in: SignIn, tmp_path: Path
    ) -> None:
        server = start_server()
        sign_in(server)
        path = tmp_path / "run" / "tokens.json"
        kept = json.loads(path.read_text())
        path.write_text(json.dumps({**kept, "obtained_at": kept["obtained_at"] - 550}))
        server.person("down")
        code, out, err = run_pairgrant("token", issuer=server.issuer).end()
        assert (code, out.strip()) == (0, kept["access_token"])
        assert "still valid" in err
        path.write_text(json.dumps({**kept, "obtained_at": kept["obtained_at"] - 650}))
        code, out, err = run_pairgrant("token", issuer=server.issuer).end()
        assert (code, out) == (7, "")
        assert "503" in err

    def test_not_signed_in_ends_with_5(self, run_pairgrant: Run) -> None:
        code, out, err = run_pairgrant("token", issuer="http://127.0.0.1:1").end()
        assert (code, out) == (5, "")
        assert "pairgrant login" in err

    def test_ended_sign_in_ends_with_5_and_deletes_the_tokens(
        self, start_server: Start, run_pairgrant: Run, sign_in: SignIn, tmp_path: Path
    ) -> None:
        server = start_server(lifetime=1)
        sign_in(server)
        server.person("revoke")
        path = tmp_path / "run" / "tokens.json"
        kept = json.loads(path.read_text())
        path.write_text(json.dumps({**kept, "obtained_at": kept["obtained_at"] - 550}))
        code, out, err = run_pairgrant("token", issuer=server.issuer).end()
        assert (code, out, path.exists()) == (5, "", False)
        assert "ended" in err

    def test_token_file_that_others_can_read_is_not_used(
        self, start_server: Start, run_pairgrant: Run, sign_in: SignIn, tmp_path: Path
    ) -> None:
        server = start_server()
        sign_in(server)
        (tmp_path / "run" / "tokens.json").chmod(0o644)
        code, out, err = run_pairgrant("token", issuer=server.issuer).end()
        assert (code, out) == (1, "")
        assert "chmod 600" in err


class TestLogout:
    def test_logout_revokes_the_tokens_and_deletes_the_file(
        self, start_server: Start, run_pairgrant: Run, sign_in: SignIn, tmp_path: Path
    ) -> None:
        server = start_server()
        sign_in(server)
        code, out, _ = run_pairgrant("logout", issuer=server.issuer).end()
        assert (code, server.seen("/revoke")) == (0, 1)
        assert "revoked" in out
        assert not (tmp_path / "run" / "tokens.json").exists()

    def test_logout_without_the_server_deletes_the_file_and_says_what_to_do(
        self, start_server: Start, run_pairgrant: Run, sign_in: SignIn, tmp_path: Path
    ) -> None:
        server = start_server()
        sign_in(server)
        server.person("down")
        code, _, err = run_pairgrant("logout", issuer=server.issuer).end()
        assert code == 6
        assert "connected devices" in err
        assert not (tmp_path / "run" / "tokens.json").exists()

    def test_logout_works_where_the_tokens_are_not_safe_enough_to_be_used(
        self, start_server: Start, run_pairgrant: Run, sign_in: SignIn, tmp_path: Path
    ) -> None:
        server = start_server()
        sign_in(server)
        token_file = tmp_path / "run" / "tokens.json"
        token_file.chmod(0o644)
        assert run_pairgrant("token", issuer=server.issuer).end()[0] == 1
        assert run_pairgrant("logout", issuer=server.issuer).end()[0] == 0
        assert (server.seen("/revoke"), token_file.exists()) == (1, False)

    def test_logout_without_a_sign_in_is_no_error(self, run_pairgrant: Run) -> None:
        code, out, _ = run_pairgrant("logout", issuer="http://127.0.0.1:1").end()
        assert code == 0
        assert "Not signed in" in out


class TestKioskWithoutTerminal:
    def test_plain_kiosk_pairs_prints_notices_and_ends_with_the_sign_in(
        self, start_server: Start, run_pairgrant: Run
    ) -> None:
        server = start_server(lifetime=2)
        kiosk = run_pairgrant("kiosk", "--no-auto", issuer=server.issuer)
        kiosk.until("WDJB-MJHT")
        server.person("notice", "Lunch \x1b[2J at 12")
        server.person("approve")
        assert kiosk.until("Lunch") == "  - Lunch \\x1b[2J at 12\n"
        server.person("revoke")
        code, out, err = kiosk.end()
        assert code == 5
        assert "Hello, Ada Lovelace." in out
        assert "ended" in err


class TestHelp:
    @pytest.mark.parametrize("command", ["kiosk", "login", "token", "logout"])
    def test_every_command_has_an_example_and_its_exit_codes(self, run_pairgrant: Run, command: str) -> None:
        code, out, _ = run_pairgrant(command, "--help", issuer="http://127.0.0.1:1").end()
        assert code == 0
        assert f"pairgrant {command}" in out
        assert "exit codes: 0 " in out
        assert "PAIRGRANT_ISSUER" in out

    def test_no_command_prints_the_list_of_commands(self, run_pairgrant: Run) -> None:
        code, _, err = run_pairgrant(issuer="http://127.0.0.1:1").end()
        assert code == 2
        assert "kiosk" in err

    def test_version_is_printed(self, run_pairgrant: Run) -> None:
        code, out, _ = run_pairgrant("--version", issuer="http://127.0.0.1:1").end()
        assert code == 0
        assert out.startswith("pairgrant ")
