"""Limits of open websockets, which cost memory while they are open."""

from collections import Counter


class OpenSockets:
    """Counts the open sockets, in total and by network."""

    def __init__(self, *, in_all: int = 2000, per_network: int = 400) -> None:
        self._in_all = in_all
        self._per_network = per_network
        self._open: Counter[str] = Counter()

    def admit(self, network: str) -> bool:
        """Count one more socket of ``network``; False if a limit is reached."""
        if self._open.total() >= self._in_all or self._open[network] >= self._per_network:
            return False
        self._open[network] += 1
        return True

    def release(self, network: str) -> None:
        """A socket that was admitted has closed."""
        self._open[network] -= 1
        if not self._open[network]:
            del self._open[network]
