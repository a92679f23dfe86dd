"""One of several worker processes behind one port."""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs

PARAMETER = "worker"
"""Query parameter of a page's socket: the worker that rendered the page."""


@dataclass(frozen=True, slots=True)
class Worker:
    """One of ``count`` processes behind one port, counted from 1; ``folder`` holds the socket of each."""

    number: int
    count: int
    folder: Path

    def socket_of(self, number: int) -> Path:
        return self.folder / str(number)

    def wanted_by(self, query: bytes) -> int:
        """The worker that a socket is for; this one if the query names none, which then reports that the
        page is gone.
        """
        named = parse_qs(query.decode("latin-1")).get(PARAMETER, [])
        numbers = [number for number in range(1, self.count + 1) if named == [str(number)]]
        return numbers[0] if numbers else self.number
