"""A ``fork_server`` whose processes are the real programs, with a clock that the test sets ahead."""

import os
from pathlib import Path

from pairgrant_server.authorization_server.clock import SteadyClock, system_clock
from tests.phishing.hastened_clock import VARIABLE, HastenedClock
from tests.processes.fork_server import serve


def _prepare() -> None:
    if file := os.environ.get(VARIABLE):
        assert isinstance(system_clock, SteadyClock)
        system_clock._wall = HastenedClock(Path(file))


if __name__ == "__main__":
    serve(_prepare)
