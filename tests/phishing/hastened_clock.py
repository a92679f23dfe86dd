"""A clock that runs ahead of the system's as far as a test says, for it and for the server process."""

import mmap
import struct
import time
from pathlib import Path

VARIABLE = "PAIRGRANT_TEST_CLOCK"
"""Names the file from which a server process reads how far ahead its clock is."""


class HastenedClock:
    """Unix time in seconds; a file of eight bytes says how far it is ahead."""

    def __init__(self, file: Path) -> None:
        if not file.exists():
            file.write_bytes(struct.pack("d", 0.0))
        with file.open("r+b") as opened:
            self._ahead = mmap.mmap(opened.fileno(), 8)

    def __call__(self) -> float:
        ahead: float = struct.unpack("d", self._ahead[:])[0]
        return time.time() + ahead

    def advance(self, seconds: float) -> None:
        self._ahead[:] = struct.pack("d", struct.unpack("d", self._ahead[:])[0] + seconds)
