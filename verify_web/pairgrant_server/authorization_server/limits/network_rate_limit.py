"""Rate limits on the requests of networks, of which an IPv6 /48 holds 256."""

from pairgrant_server.authorization_server.clock import Clock
from pairgrant_server.authorization_server.limits.network import PER_SITE, counted_as
from pairgrant_server.authorization_server.limits.rate_limit import RateLimit


class NetworkRateLimit:
    """At most ``per_minute`` for each network, and ``PER_SITE`` times as many for an IPv6 /48; 0: no limit.

    With ``client_id``, each client has counts of its own. A refused request is not counted.
    """

    def __init__(self, per_minute: int, clock: Clock) -> None:
        self._per_minute = per_minute
        self._limits = {times: RateLimit(times * per_minute, clock) for times in (1, PER_SITE)}

    def allows(self, network: str, client_id: str = "") -> bool:
        """Count one request if it is within the limit, and return whether it is."""
        if not self.has_room(network, client_id):
            return False
        self.count(network, client_id)
        return True

    def has_room(self, network: str, client_id: str = "") -> bool:
        if self._per_minute:
            for name, times in counted_as(network):
                if not self._limits[times].has_room(f"{client_id} {name}"):
                    return False
        return True

    def count(self, network: str, client_id: str = "") -> None:
        """Count a request that is allowed, without asking again."""
        if self._per_minute:
            for name, times in counted_as(network):
                self._limits[times].count(f"{client_id} {name}")
