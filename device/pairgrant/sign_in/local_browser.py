"""The browser on this machine's own screen: whether there is one, and opening an address in it."""

import os
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress

from pairgrant.errors import NoBrowserError

SUGGESTION = "This machine has a browser: `pairgrant login --browser` signs in without a phone."


def has_browser(environment: Mapping[str, str] = os.environ, platform: str = sys.platform) -> bool:
    """Whether a browser can open on a screen of this machine; over SSH it would open out of sight.

    A terminal browser doesn't count: it would take over the terminal of this program.
    """
    if environment.get("BROWSER"):
        return True
    if environment.get("SSH_CONNECTION"):
        return False
    if platform in {"darwin", "win32"}:
        return True
    return bool(environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY"))


def require_browser() -> None:
    """Raise ``NoBrowserError`` if there is no browser."""
    if not has_browser():
        raise NoBrowserError(
            "This machine has no browser on a screen. Leave out --browser and use your phone, "
            "or name a browser in the variable BROWSER."
        )


def open_browser(uri: str) -> None:
    """Open ``uri`` in a browser.

    The browser runs in a process of its own without our streams: some browsers stay in the foreground, and
    their output would mix with ours. A browser that doesn't start shows only in a missing response.
    """
    import subprocess  # noqa: PLC0415 - only for this

    def run() -> None:
        nothing = subprocess.DEVNULL
        command = [sys.executable, "-m", "webbrowser", uri]
        with suppress(OSError):
            subprocess.run(  # noqa: S603 - the address is checked, and no shell reads it
                command, stdin=nothing, stdout=nothing, stderr=nothing, start_new_session=True, check=False
            )

    threading.Thread(target=run, daemon=True, name="browser").start()
