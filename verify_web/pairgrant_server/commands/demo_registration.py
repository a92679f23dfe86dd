"""The first moment of a half of the demo: it registers with the keeper, then becomes its own program.

It runs as a script, on the standard library alone: ``demo_registration.py FD COMMAND…``. ``FD`` is the
keeper's standard input. While this process holds it open, the keeper doesn't see the end of its input, so
that it knows of each process even if the demo's process is killed between fork and exec.
"""

import os
import sys
from contextlib import suppress


def register_and_become(keeper: int, command: list[str]) -> None:
    """Write ``+PID`` to the file ``keeper``, then replace this process by ``command``."""
    with suppress(OSError):  # without a keeper the demo's process ends this one
        os.write(keeper, f"+{os.getpid()}\n".encode())
    os.close(keeper)
    os.execv(command[0], command)  # noqa: S606 - the demo's own command, without a shell


if __name__ == "__main__":
    register_and_become(int(sys.argv[1]), sys.argv[2:])
