"""What an unattended kiosk tells its operator."""

import asyncio
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pairgrant.clock import system_clock
from pairgrant.errors import DeviceSettingsError, UnreachableError
from pairgrant.events import CodeDelayed, CodeIssued, PairingEvent
from pairgrant.journal import LONGEST_BEAT, Journal, beat_interval, checked_file, systemd_notifier
from pairgrant.sign_in.journal_events import journaled
from tests.device.manual_clock import ManualClock

CODE = CodeIssued("WDJB-MJHT", "https://pair.example/device", None, 600, 5600.0)


@pytest.fixture
def journal(tmp_path: Path, manual_clock: ManualClock) -> Journal:
    return Journal(manual_clock.clock, tmp_path / "kiosk.log", tmp_path / "health.json")


def health(tmp_path: Path) -> dict[str, object]:
    read: dict[str, object] = json.loads((tmp_path / "health.json").read_text())
    return read


_IN_ASCII = """
from pathlib import Path
from pairgrant.clock import system_clock
from pairgrant.journal import Journal
Journal(system_clock(), Path("kiosk.log")).note("trouble", "caf\\u00e9")
"""


def test_text_that_the_locale_lacks_is_logged_as_utf_8(tmp_path: Path) -> None:
    locale = {"PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "LC_ALL": "C"}
    subprocess.run([sys.executable, "-c", _IN_ASCII], cwd=tmp_path, env={**os.environ, **locale}, check=True)
    assert (tmp_path / "kiosk.log").read_bytes().endswith("trouble: caf\u00e9\n".encode())


class TestStates:
    async def test_health_says_what_is_wrong_and_since_when(
        self, journal: Journal, tmp_path: Path, manual_clock: ManualClock
    ) -> None:
        announced: list[PairingEvent] = []
        record = journaled(journal, announced.append)
        record(CodeIssued("WDJB-MJHT", "https://pair.example/device", None, 600, 5600.0))
        await manual_clock.pass_time(60)
        record(CodeDelayed(UnreachableError("No network."), 0.0, 0.0))
        await manual_clock.pass_time(60)
        record(CodeDelayed(UnreachableError("No network."), 0.0, 0.0))
        said = health(tmp_path)
        assert (said["state"], said["healthy"], said["detail"]) == ("trouble", False, "no code: No network.")
        assert said["since"] == "2026-09-21T14:14:20Z"
        assert len(announced) == 3

    def test_log_has_a_line_for_each_change_and_no_code(self, journal: Journal, tmp_path: Path) -> None:
        pairing = journaled(journal, lambda _: None)
        pairing(CODE)
        pairing(CODE)
        journal.note("connected")
        lines = (tmp_path / "kiosk.log").read_text().splitlines()
        assert [line.split(" ", 1)[1] for line in lines] == ["waiting", "connected"]
        assert "WDJB" not in (tmp_path / "kiosk.log").read_text() + (tmp_path / "health.json").read_text()

    def test_text_of_a_server_is_escaped(self, journal: Journal, tmp_path: Path) -> None:
        journal.note("trouble", "a\nb\x1b[2J")
        assert len((tmp_path / "kiosk.log").read_text().splitlines()) == 1

    def test_disk_that_cannot_be_written_does_not_stop_the_kiosk(
        self, journal: Journal, tmp_path: Path
    ) -> None:
        journal.log_file = journal.health_file = tmp_path / "gone" / "file"
        journal.note("connected")
        assert journal.state == "connected"

    def test_long_log_is_rotated_once(self, journal: Journal, tmp_path: Path) -> None:
        (tmp_path / "kiosk.log").write_bytes(b"x" * 5_000_001)
        journal.note("connected")
        assert (tmp_path / "kiosk.log").stat().st_size < 100
        assert (tmp_path / "kiosk.log.1").stat().st_size > 5_000_000

    def test_file_that_cannot_be_written_is_refused_at_the_start(self, tmp_path: Path) -> None:
        with pytest.raises(DeviceSettingsError, match="--log-file"):
            checked_file("--log-file", str(tmp_path))


class TestSystemd:
    @pytest.fixture
    def systemd(self, tmp_path: Path) -> Iterator[socket.socket]:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
            listening.bind(str(tmp_path / "notify"))
            listening.setblocking(False)
            yield listening

    async def test_systemd_hears_that_the_kiosk_is_ready_alive_and_stopping(
        self, systemd: socket.socket, tmp_path: Path, manual_clock: ManualClock
    ) -> None:
        journal = Journal(manual_clock.clock, notify=systemd_notifier(str(tmp_path / "notify")))
        async with journal.beating():
            await manual_clock.pass_time(25)
        heard = []
        while True:
            try:
                heard.append(systemd.recv(200).decode().partition("=")[0])
            except BlockingIOError:
                break
        assert heard == ["READY", "WATCHDOG", "WATCHDOG", "WATCHDOG", "STOPPING", "STATUS"]

    async def test_watchdog_is_not_fed_while_the_event_loop_hangs(
        self, systemd: socket.socket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("WATCHDOG_USEC", "400000")
        journal = Journal(system_clock(), notify=systemd_notifier(str(tmp_path / "notify")))

        def beats() -> int:
            count = 0
            while True:
                try:
                    count += systemd.recv(200) == b"WATCHDOG=1"
                except BlockingIOError:
                    return count

        async with journal.beating():
            async with asyncio.timeout(30):
                while not beats():  # noqa: ASYNC110 - datagrams, as systemd reads them
                    await asyncio.sleep(0.01)
            time.sleep(1)  # noqa: ASYNC251 - the hang
            assert beats() <= 1
            async with asyncio.timeout(30):
                while not beats():  # noqa: ASYNC110 - datagrams, as systemd reads them
                    await asyncio.sleep(0.01)

    def test_kiosk_goes_on_without_a_listening_systemd(self, tmp_path: Path) -> None:
        notify = systemd_notifier(str(tmp_path / "nobody"))
        assert notify is not None
        notify("WATCHDOG=1")
        assert systemd_notifier(None) is None

    @pytest.mark.parametrize(
        ("given", "expected"),
        [("", LONGEST_BEAT), ("0", LONGEST_BEAT), ("x", LONGEST_BEAT), ("4000000", 2.0), ("60000000", 10.0)],
    )
    def test_signs_of_life_come_twice_within_the_watchdog_time(self, given: str, expected: float) -> None:
        assert beat_interval(given) == expected
