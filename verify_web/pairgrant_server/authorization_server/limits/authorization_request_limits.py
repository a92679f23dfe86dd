"""Limits on authorization requests, which are stored before anyone is signed in."""

from pairgrant_server.authorization_server.clock import Clock
from pairgrant_server.authorization_server.limits.network_rate_limit import NetworkRateLimit
from pairgrant_server.authorization_server.limits.rate_limit import RateLimit
from pairgrant_server.authorization_server.model.settings import ServerSettings

RESERVED = 30
"""Requests a minute of one client that every network has, also while others use the client's limit up."""


class AuthorizationRequestLimits:
    """Decides whether one more authorization request is allowed; a refused one is not counted.

    A client's limit is shared by all networks, so strangers can use it up. Beyond it, each network still has
    ``RESERVED`` requests.
    """

    def __init__(self, settings: ServerSettings, clock: Clock) -> None:
        self._per_network = NetworkRateLimit(settings.authorization_requests_per_address, clock)
        self._per_client = RateLimit(settings.authorization_requests_per_client, clock)
        self._reserved = NetworkRateLimit(RESERVED, clock)
        self._pushed = RateLimit(settings.authorization_requests_per_client, clock)

    def allows_network(self, network: str) -> bool:
        """Count one request of a browser or a public client, whether it is valid or not."""
        return self._per_network.allows(network)

    def allows_request(self, client_id: str, network: str) -> bool:
        """Count one valid request that a browser on ``network`` brought."""
        if not (self._per_client.has_room(client_id) or self._reserved.has_room(network, client_id)):
            return False
        self._per_client.count(client_id)
        self._reserved.count(network, client_id)
        return True

    def allows_pushed(self, client_id: str) -> bool:
        """Count one request that an authenticated client pushes, for any of its users."""
        return self._pushed.allows(client_id)
