"""``pairgrant enroll`` and ``pairgrant logout --forget-device``: the key of this device, and its end."""

import json
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest

from pairgrant.oauth.dpop_key import thumbprint
from pairgrant.qr_symbol import text_symbol
from pairgrant.session.device_file import device_file
from pairgrant.settings import DeviceSettings
from pairgrant.text.plain_events import qr_lines
from tests.device.fake_server import FakeServer
from tests.device.manual_clock import ManualClock
from tests.device.running_command import CommandInProcess

Start = Callable[..., FakeServer]
Run = Callable[..., CommandInProcess]

ISSUER = "https://pair.example"


@pytest.fixture
def stored_thumbprint(tmp_path: Path) -> Callable[[], str | None]:
    """``stored_thumbprint()``: that of the key on the disk; None if there is no key."""

    def read() -> str | None:
        settings = DeviceSettings.checked(issuer=ISSUER, token_file=tmp_path / "run" / "tokens.json")
        key = device_file(settings, ManualClock().clock).load().dpop_key
        return None if key is None else thumbprint(key)

    return read


class TestEnroll:
    def test_thumbprint_of_a_key_that_stays_is_printed_with_the_operators_command(
        self, run_pairgrant: Run, stored_thumbprint: Callable[[], str]
    ) -> None:
        words = ("--device-name", "Lobby screen", "--device-label", "Room 2")
        code, out, err = run_pairgrant("enroll", *words, issuer=ISSUER).end()
        assert (code, err) == (0, "")
        assert f"\n  {stored_thumbprint()}\n" in out
        command = shlex.split(out.splitlines()[-1])
        assert command[:3] == ["pairgrant-server", "device-key", "add"]
        options = dict(zip(command[3:7:2], command[4:7:2], strict=True))
        assert options == {"--name": "Lobby screen", "--label": "Room 2"}
        assert command[7:] == ["--", "lobby-tv", stored_thumbprint()]
        assert run_pairgrant("enroll", *words, issuer=ISSUER).end()[1] == out

    def test_json_is_one_object_without_the_key(
        self, run_pairgrant: Run, stored_thumbprint: Callable[[], str]
    ) -> None:
        code, out, err = run_pairgrant("enroll", "--json", issuer=ISSUER).end()
        (line,) = out.splitlines()
        event = json.loads(line)
        assert (code, err) == (0, "")
        assert list(event) == ["event", "thumbprint", "issuer", "client_id", "command"]
        assert event["event"] == "device_key"
        assert event["thumbprint"] == stored_thumbprint()
        assert (event["issuer"], event["client_id"]) == (ISSUER, "lobby-tv")

    def test_qr_code_has_the_thumbprint_as_text(
        self, run_pairgrant: Run, stored_thumbprint: Callable[[], str]
    ) -> None:
        out = run_pairgrant("enroll", "--qr", issuer=ISSUER).end()[1]
        symbol = text_symbol(stored_thumbprint())
        assert symbol is not None
        assert "\n".join(qr_lines(symbol, colour=False)) in out

    def test_program_without_a_terminal_gets_no_qr_code(self, run_pairgrant: Run) -> None:
        assert "█" not in run_pairgrant("enroll", issuer=ISSUER).end()[1]

    def test_name_from_elsewhere_is_one_word_of_the_command(self, run_pairgrant: Run) -> None:
        out = run_pairgrant("enroll", "--device-name", "'; reboot #\x1b[2J", issuer=ISSUER).end()[1]
        assert "\x1b" not in out
        assert "reboot" in shlex.split(out.splitlines()[-1])[4]

    def test_device_that_proves_no_key_is_warned(self, run_pairgrant: Run) -> None:
        code, _, err = run_pairgrant("enroll", issuer=ISSUER, PAIRGRANT_DPOP="never").end()
        assert code == 0
        assert "PAIRGRANT_DPOP" in err

    @pytest.mark.parametrize("form", ["--json", "--no-qr"])
    def test_unusable_file_ends_with_1(self, run_pairgrant: Run, tmp_path: Path, form: str) -> None:
        (tmp_path / "run").write_text("not a folder")
        code, out, err = run_pairgrant("enroll", form, issuer=ISSUER).end()
        assert code == 1
        assert "--token-file" in out + err
        assert ('"token_store"' in out) == (form == "--json")

    def test_invalid_settings_are_an_event_in_json(self, run_pairgrant: Run) -> None:
        code, out, _ = run_pairgrant("enroll", "--json", issuer="nonsense").end()
        assert (code, json.loads(out)["error"]) == (2, "invalid_settings")


class TestForgetDevice:
    def test_key_survives_a_sign_out_and_is_replaced_after_it_was_forgotten(
        self, run_pairgrant: Run, stored_thumbprint: Callable[[], str | None]
    ) -> None:
        run_pairgrant("enroll", issuer=ISSUER).end()
        first = stored_thumbprint()
        assert run_pairgrant("logout", issuer=ISSUER).end()[0] == 0
        assert stored_thumbprint() == first
        code, out, _ = run_pairgrant("logout", "--forget-device", issuer=ISSUER).end()
        assert code == 0
        assert "key is deleted" in out
        assert stored_thumbprint() is None
        run_pairgrant("enroll", issuer=ISSUER).end()
        assert stored_thumbprint() not in {first, None}

    def test_device_is_forgotten_also_if_the_server_is_unreachable(
        self,
        start_server: Start,
        run_pairgrant: Run,
        tmp_path: Path,
    ) -> None:
        server = start_server()
        login = run_pairgrant("login", "--json", issuer=server.issuer)
        login.until('"code"')
        server.person("approve")
        login.end()
        run_pairgrant("enroll", issuer=server.issuer).end()
        server.person("down")
        code, out, _ = run_pairgrant("logout", "--forget-device", issuer=server.issuer).end()
        assert code == 6
        assert "key is deleted" in out
        assert list((tmp_path / "run").glob("*.json")) == []

    def test_device_without_a_key_says_so(self, run_pairgrant: Run, tmp_path: Path) -> None:
        code, out, _ = run_pairgrant("logout", "--forget-device", issuer=ISSUER).end()
        assert code == 0
        assert "no key" in out
        assert not (tmp_path / "run").exists()
