"""Bounds on open connections, per network and in all, for one process.

A connection is *silent* until its first request head is complete. An honest client sends its head at once, so
where a bound is reached, the oldest silent connection gives way to the new one: sockets that a stranger only
holds open do not lock out others on the same network.
"""

from collections import Counter
from collections.abc import Callable, Hashable
from typing import Generic, NamedTuple, TypeVar

from pairgrant_server.authorization_server.limits.network import network_of

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
        self._networks: dict[Connection, str] = {}
        self._count: Counter[str] = Counter()
        self._silent: dict[Connection, None] = {}
        self._silent_by_network: dict[str, dict[Connection, None]] = {}

    def __len__(self) -> int:
        return len(self._networks)

    def admit(self, connection: Connection, address: str) -> Admission[Connection]:
        """Count one more connection from ``address``, unless it is refused."""
        network = network_of(address)
        candidates = self._candidates(network, is_exempt=self._is_exempt(address))
        if candidates is None:
            gives_way = None
        elif candidates:
            gives_way = next(iter(candidates))
            self.release(gives_way)
        else:
            return Admission(is_admitted=False)
        self._networks[connection] = network
        self._count[network] += 1
        self._silent[connection] = None
        self._silent_by_network.setdefault(network, {})[connection] = None
        return Admission(is_admitted=True, gives_way=gives_way)

    def _candidates(self, network: str, *, is_exempt: bool) -> dict[Connection, None] | None:
        """The silent connections of which one has to give way; None if there is room."""
        silent_here = self._silent_by_network.get(network, {})
        is_full_here = (
            self._count[network] >= self._per_network or len(silent_here) >= (self._per_network + 3) // 4
        )
        if is_full_here and not is_exempt:
            return silent_here
        if len(self._networks) >= self._in_all or len(self._silent) >= (self._in_all + 9) // 10:
            return self._silent
        return None

    def has_sent_head(self, connection: Connection) -> None:
        """The first request head of ``connection`` is complete."""
        self._silent.pop(connection, None)
        network = self._networks.get(connection)
        silent_here = {} if network is None else self._silent_by_network.get(network, {})
        silent_here.pop(connection, None)
        if network is not None and not silent_here:
            self._silent_by_network.pop(network, None)

    def release(self, connection: Connection) -> None:
        """The connection has closed, or gives way; releasing it again changes nothing."""
        self.has_sent_head(connection)
        network = self._networks.pop(connection, None)
        if network is not None:
            self._count[network] -= 1
            if not self._count[network]:
                del self._count[network]
