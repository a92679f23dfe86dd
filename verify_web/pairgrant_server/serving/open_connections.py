"""Bounds on open connections, per network, per IPv6 /48 and in all, for one process.

A connection is *silent* until its first request head is complete. An honest client sends its head at once, so
where a bound is reached, the oldest silent connection gives way to the new one: sockets that a stranger only
holds open do not lock out others on the same network.
"""

from collections import Counter
from collections.abc import Callable, Hashable
from typing import Generic, NamedTuple, TypeVar

from pairgrant_server.authorization_server.limits.network import counted_as, network_of

Connection = TypeVar("Connection", bound=Hashable)


class Admission(NamedTuple, Generic[Connection]):
    is_admitted: bool
    gives_way: Connection | None = None
    """A silent connection to close for the new one."""


class OpenConnections(Generic[Connection]):
    """Counts connections; a quarter of a network's, and a tenth of all, may be silent.

    ``is_exempt(address)`` names the trusted proxies, behind which many networks share an address.
    """

    def __init__(
        self,
        *,
        in_all: int = 25_000,
        per_network: int = 2_000,
        is_exempt: Callable[[str], bool] = lambda _address: False,
    ) -> None:
        self._in_all = in_all
        self._per_network = per_network
        self._is_exempt = is_exempt
        self._networks: dict[Connection, tuple[str, ...]] = {}
        """What each connection counts for: its network and IPv6 /48; nothing for a trusted proxy."""
        self._count: Counter[str] = Counter()
        self._silent: dict[Connection, None] = {}
        self._silent_by_network: dict[str, dict[Connection, None]] = {}

    def __len__(self) -> int:
        return len(self._networks)

    def admit(self, connection: Connection, address: str) -> Admission[Connection]:
        """Count one more connection from ``address``, unless it is refused."""
        counted = () if self._is_exempt(address) else counted_as(network_of(address))
        candidates = self._candidates(counted)
        if candidates is None:
            gives_way = None
        elif candidates:
            gives_way = next(iter(candidates))
            self.release(gives_way)
        else:
            return Admission(is_admitted=False)
        self._networks[connection] = tuple(name for name, _ in counted)
        self._silent[connection] = None
        for name, _ in counted:
            self._count[name] += 1
            self._silent_by_network.setdefault(name, {})[connection] = None
        return Admission(is_admitted=True, gives_way=gives_way)

    def _candidates(self, counted: tuple[tuple[str, int], ...]) -> dict[Connection, None] | None:
        """The silent connections of which one has to give way; None if there is room."""
        for name, times in counted:
            silent_here, most = self._silent_by_network.get(name, {}), times * self._per_network
            if self._count[name] >= most or len(silent_here) >= (most + 3) // 4:
                return silent_here
        if len(self._networks) >= self._in_all or len(self._silent) >= (self._in_all + 9) // 10:
            return self._silent
        return None

    def has_sent_head(self, connection: Connection) -> None:
        """The first request head of ``connection`` is complete."""
        self._silent.pop(connection, None)
        for name in self._networks.get(connection, ()):
            silent_here = self._silent_by_network.get(name, {})
            silent_here.pop(connection, None)
            if not silent_here:
                self._silent_by_network.pop(name, None)

    def release(self, connection: Connection) -> None:
        """The connection has closed, or gives way; releasing it again changes nothing."""
        self.has_sent_head(connection)
        for name in self._networks.pop(connection, ()):
            self._count[name] -= 1
            if not self._count[name]:
                del self._count[name]
