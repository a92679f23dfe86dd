"""The browser on this machine's own screen: whether there is one, and opening an address in it."""

import os
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress

from pairgrant.errors import NoBrowserError

SUGGESTION = "There is a browser here: `pairgrant login --browser` signs in without a phone."


def has_browser(environment: Mapping[str, str] = os.environ, platform: str = sys.platform) -> bool:
    """Whether a browser has a screen here; over SSH it would open where nobody looks.

    A browser for terminals doesn't count: it would take the terminal that this program talks in.
    """
    if environment.get("BROWSER"):
        return True
    if environment.get("SSH_CONNECTION"):
        return False
    if platform in {"darwin", "win32"}:
        return True
    return bool(environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY"))


def require_browser() -> None:
    """Raises ``NoBrowserError``."""
    if not has_browser():
        raise NoBrowserError(
            "There is no browser on a screen of this machine. Leave out --browser, and use your phone; or name one in BROWSER."
        )


def open_browser(uri: str) -> None:
    """Send a browser there.

    In a process of its own, which gets none of our streams: some browsers are started in the foreground and stay, and what
    they print would stand among our lines. Whether it really came up shows in the answer, or in its absence.
    """
    import subprocess  # noqa: PLC0415 - for this alone

    def run() -> None:
        nothing = subprocess.DEVNULL
        command = [sys.executable, "-m", "webbrowser", uri]
        with suppress(OSError):
            subprocess.run(  # noqa: S603 - the address is checked, and no shell reads it
                command, stdin=nothing, stdout=nothing, stderr=nothing, start_new_session=True, check=False
            )

    threading.Thread(target=run, daemon=True, name="browser").start()
