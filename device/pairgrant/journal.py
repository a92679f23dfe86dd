"""What an unattended kiosk tells its operator: a log file, a health file, systemd; no code and no token."""

import json
import os
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

from pairgrant.clock import Clock
from pairgrant.errors import DeviceSettingsError
from pairgrant_protocol.visible_text import visible

LONGEST_BEAT = 10.0
"""Seconds between two signs of life, or half of systemd's watchdog time if that is shorter."""

_MOST_LOGGED = 5_000_000
"""Bytes; a longer log file is renamed to ``FILE.1`` when the kiosk starts or writes a line."""


@dataclass(slots=True)
class Journal:
    """The state of a kiosk; without files and systemd it only remembers it.

    ``is_healthy`` is False while something is wrong that needs time or a person.
    """

    clock: Clock
    log_file: Path | None = None
    health_file: Path | None = None
    notify: Callable[[str], None] | None = None
    state: str = "starting"
    detail: str = ""
    is_healthy: bool = True
    since: float = field(init=False)

    def __post_init__(self) -> None:
        self.since = self.clock.wall()

    def note(self, state: str, detail: str = "", *, is_healthy: bool = True) -> None:
        """Record a change of the state; the same state with the same detail is recorded once."""
        detail = visible(detail, limit=500)
        if (state, detail) == (self.state, self.detail):
            return
        if state != self.state:
            self.since = self.clock.wall()
        self.state, self.detail, self.is_healthy = state, detail, is_healthy
        self._log(f"{state}: {detail}" if detail else state)
        self._tell(f"STATUS={state} {detail}".strip())
        self.write_health()

    def log(self, line: str) -> None:
        """Add a line to the log file, for something that is no state."""
        self._log(visible(line, limit=500))

    def write_health(self) -> None:
        """Replace the health file; a disk that is full or gone must not stop the kiosk."""
        if self.health_file is None:
            return
        members = {
            "state": self.state,
            "detail": self.detail,
            "healthy": self.is_healthy,
            "since": _instant(self.since),
            "written_at": _instant(self.clock.wall()),
        }
        draft = self.health_file.with_name(f"{self.health_file.name}.new")
        try:
            draft.write_text(json.dumps(members) + "\n")
            draft.replace(self.health_file)
        except OSError as error:
            self._log(f"the health file can't be written: {error.strerror}")

    def _log(self, line: str) -> None:
        if self.log_file is None:
            return
        try:
            if self.log_file.exists() and self.log_file.stat().st_size > _MOST_LOGGED:
                self.log_file.replace(self.log_file.with_name(f"{self.log_file.name}.1"))
            with _opened(self.log_file) as file:
                file.write(f"{_instant(self.clock.wall())} {line}\n")
        except OSError:
            return

    @asynccontextmanager
    async def beating(self) -> AsyncIterator[None]:
        """Show that the event loop is alive, to systemd's watchdog and in the health file."""
        import asyncio  # noqa: PLC0415 - keeps `pairgrant token` fast

        self._log("started")
        self._tell("READY=1")
        beats = asyncio.create_task(self._beat(beat_interval(os.environ.get("WATCHDOG_USEC", ""))))
        try:
            yield
        finally:
            beats.cancel()
            await asyncio.gather(beats, return_exceptions=True)
            self._tell("STOPPING=1")
            self.note("stopped")

    async def _beat(self, pause: float) -> None:
        while True:
            self._tell("WATCHDOG=1")
            self.write_health()
            await self.clock.sleep(pause)

    def _tell(self, state: str) -> None:
        if self.notify is not None:
            self.notify(state)


def checked_file(option: str, path: str | None) -> Path | None:
    """``path`` if a file can be written there.

    Raises:
        DeviceSettingsError: it can't be.
    """
    if path is None:
        return None
    try:
        with _opened(Path(path)):
            return Path(path)
    except OSError as error:
        raise DeviceSettingsError(f"{option} can't be used: {error.strerror} ({visible(path)}).") from None


def checked_directory(option: str, path: str | None) -> Path | None:
    """``path`` if it can be replaced: its directory exists and can be written to.

    Raises:
        DeviceSettingsError: it can't be.
    """
    if path is None:
        return None
    if not os.access(Path(path).parent, os.W_OK | os.X_OK):
        raise DeviceSettingsError(f"{option} can't be used: its directory can't be written to.")
    return Path(path)


def beat_interval(microseconds: str) -> float:
    """Seconds between two signs of life, from the ``WATCHDOG_USEC`` of sd_watchdog_enabled(3)."""
    if not microseconds.isdecimal() or int(microseconds) == 0:
        return LONGEST_BEAT
    return min(int(microseconds) / 2_000_000, LONGEST_BEAT)


def systemd_notifier(address: str | None) -> Callable[[str], None] | None:
    """Sends states to the socket in ``NOTIFY_SOCKET`` (sd_notify(3)); None without systemd."""
    if not address or address[0] not in "/@":
        return None
    target = f"\0{address[1:]}" if address[0] == "@" else address

    def notify(state: str) -> None:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
            sender.setblocking(False)
            try:
                sender.sendto(state.encode(), target)
            except OSError:  # systemd counts the missing signs of life
                return

    return notify


def _opened(path: Path) -> TextIO:
    """UTF-8 whatever the locale is: a text that the server sent must not stop the kiosk."""
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o640)
    return os.fdopen(descriptor, "a", encoding="utf-8", errors="backslashreplace")


def _instant(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
