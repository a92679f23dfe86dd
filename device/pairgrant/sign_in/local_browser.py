"""The browser on this machine's own screen: whether there is one, and opening an address in it."""

import os
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress

from pairgrant.errors import NoBrowserError
from pairgrant.translation import Translatable

SUGGESTION = Translatable("This machine has a browser: `pairgrant login --browser` signs in without a phone.")


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


def is_in_front(environment: Mapping[str, str], platform: str, *, is_root: bool) -> bool:
    """Whether a browser opens where the person at this terminal sees it.

    Stricter than ``has_browser``, because the person didn't ask for it: a variable BROWSER is often set on
    servers too, a display may be that of another machine, and a browser of root is not the person's own.
    """
    if is_root or any(environment.get(name) for name in ("SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY")):
        return False
    if platform in {"darwin", "win32"} or environment.get("WAYLAND_DISPLAY"):
        return True
    return environment.get("DISPLAY", "").startswith((":", "unix:"))


def opens_in_front() -> bool:
    """Whether a browser is installed here and opens where the person at this terminal sees it."""
    if not is_in_front(os.environ, sys.platform, is_root=os.geteuid() == 0):
        return False
    import webbrowser  # noqa: PLC0415 - only for this

    try:
        webbrowser.get()
    except webbrowser.Error:
        return False
    return True


def require_browser() -> None:
    """Raise ``NoBrowserError`` if there is no browser."""
    if not has_browser():
        raise NoBrowserError(
            Translatable(
                "This machine has no browser on a screen. Use your phone with --device-code, "
                "or name a browser in the variable BROWSER."
            )
        )


def open_browser(uri: str) -> None:
    """Open ``uri`` in a browser.

    The browser runs in a process of its own without our streams, and may outlive ours: some browsers stay in
    the foreground, and their output would mix with ours. A browser that doesn't start shows only in a missing
    response.
    """
    import subprocess  # noqa: PLC0415 - only for this

    nothing = subprocess.DEVNULL
    command = [sys.executable, "-m", "webbrowser", uri]
    with suppress(OSError):
        process = subprocess.Popen(  # noqa: S603 - the address is checked, and no shell reads it
            command, stdin=nothing, stdout=nothing, stderr=nothing, start_new_session=True
        )
        threading.Thread(target=process.wait, daemon=True, name="browser").start()
