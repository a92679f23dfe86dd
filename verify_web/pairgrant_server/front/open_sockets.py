"""Limits of open websockets, which cost memory while they are open."""

from collections import Counter

from pairgrant_server.authorization_server.limits.network import counted_as


class OpenSockets:
    """Counts the open sockets, in total, by network, and by IPv6 /48."""

    def __init__(self, *, in_all: int = 2000, per_network: int = 400) -> None:
        self._in_all = in_all
        self._per_network = per_network
        self._open = 0
        self._by_network: Counter[str] = Counter()

    def admit(self, network: str) -> bool:
        """Count one more socket of ``network``; False if a limit is reached."""
        counted = counted_as(network)
        if self._open >= self._in_all or any(
            self._by_network[name] >= times * self._per_network for name, times in counted
        ):
            return False
        self._open += 1
        self._by_network.update(name for name, _ in counted)
        return True

    def release(self, network: str) -> None:
        """A socket that was admitted has closed."""
        self._open -= 1
        for name, _ in counted_as(network):
            self._by_network[name] -= 1
            if not self._by_network[name]:
                del self._by_network[name]
