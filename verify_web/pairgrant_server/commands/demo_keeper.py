"""The survivor of a demo: a process of its own that ends what is left and removes the folder.

It runs as a script, on the standard library alone, so that it starts quickly. Its standard input comes from
the demo's process: ``+PID`` for a process that began, ``-PID`` for one that ended. When the demo's process
ends, for whatever reason, the input ends too.
"""

import os
import select
import shutil
import signal
import sys
import time
from contextlib import suppress

_STOP_SECONDS = 12.0
_LOOK_EVERY = 0.05


def keep(folder: str) -> None:
    """Wait for the end of the demo's process; then end its children and remove ``folder``."""
    for ignored in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
        signal.signal(ignored, signal.SIG_IGN)
    running: dict[int, int | None] = {}
    for line in sys.stdin:
        process_id = int(line[1:])
        if line.startswith("+"):
            running[process_id] = _handle(process_id)
        else:
            running.pop(process_id, None)
    for process_id in running:
        _send(process_id, signal.SIGTERM)
    deadline = time.monotonic() + _STOP_SECONDS
    for process_id, handle in running.items():
        if not _ends(process_id, handle, deadline):
            _send(process_id, signal.SIGKILL)
            _ends(process_id, handle, time.monotonic() + 1)
    shutil.rmtree(folder, ignore_errors=True)


def _handle(process_id: int) -> int | None:
    """A file that becomes readable when the process ends, where the system has such (Linux)."""
    try:
        return os.pidfd_open(process_id)
    except (AttributeError, OSError):
        return None


def _send(process_id: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(process_id, number)


def _ends(process_id: int, handle: int | None, deadline: float) -> bool:
    """Whether the process ends before ``deadline``."""
    if handle is not None:
        readable, _, _ = select.select([handle], [], [], max(0.0, deadline - time.monotonic()))
        return bool(readable)
    while time.monotonic() < deadline:
        try:
            os.kill(process_id, 0)
        except ProcessLookupError:
            return True
        time.sleep(_LOOK_EVERY)
    return False


if __name__ == "__main__":
    keep(sys.argv[1])
