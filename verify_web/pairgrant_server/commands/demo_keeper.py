"""The survivor of a demo: a process of its own that makes the folder, and at the end removes it.

It runs as a script, on the standard library alone, so that it starts quickly, and writes the folder's path to
its standard output. Its standard input is a pipe: ``+PID`` for a process that began, ``-PID`` for one that
ended. When the demo's process ends, for whatever reason, the input ends too.
"""

import os
import select
import shutil
import signal
import sys
import tempfile
import time
from contextlib import suppress

_STOP_SECONDS = 12.0
_LOOK_EVERY = 0.05


def keep() -> None:
    """Wait for the end of the demo's process; then end its children and remove the folder."""
    for ignored in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
        signal.signal(ignored, signal.SIG_IGN)
    folder = tempfile.mkdtemp(prefix="pairgrant-demo-")
    with suppress(OSError):  # the demo's process may have been killed already
        sys.stdout.write(f"{folder}\n")
        sys.stdout.flush()
    running: dict[int, int | None] = {}
    for line in sys.stdin:
        process_id = int(line[1:])
        if line.startswith("+"):
            running[process_id] = _handle(process_id)
        else:
            running.pop(process_id, None)
    for process_id, handle in running.items():
        _send(process_id, handle, signal.SIGTERM)
    deadline = time.monotonic() + _STOP_SECONDS
    for process_id, handle in running.items():
        if not _ends(process_id, handle, deadline):
            _send(process_id, handle, signal.SIGKILL)
            _ends(process_id, handle, time.monotonic() + 1)
    shutil.rmtree(folder, ignore_errors=True)


def _handle(process_id: int) -> int | None:
    """A file that becomes readable when the process ends, where the system has such (Linux)."""
    try:
        return os.pidfd_open(process_id)
    except (AttributeError, OSError):
        return None


def _send(process_id: int, handle: int | None, number: signal.Signals) -> None:
    """Without a handle the process may have ended, and its number may be another user's now."""
    with suppress(ProcessLookupError, PermissionError):
        if handle is not None:
            signal.pidfd_send_signal(handle, number)
        else:
            os.kill(process_id, number)


def _ends(process_id: int, handle: int | None, deadline: float) -> bool:
    """Whether the process ends before ``deadline``."""
    if handle is not None:
        readable, _, _ = select.select([handle], [], [], max(0.0, deadline - time.monotonic()))
        return bool(readable)
    while time.monotonic() < deadline:
        try:
            os.kill(process_id, 0)
        except (ProcessLookupError, PermissionError):
            return True
        time.sleep(_LOOK_EVERY)
    return False


if __name__ == "__main__":
    keep()
