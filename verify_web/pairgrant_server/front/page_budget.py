"""How many page requests a network may make, and beyond it each browser in which a person has signed in."""

from collections.abc import Callable

from starlette.requests import HTTPConnection
from starlette.types import Scope

from pairgrant_server.authorization_server.clock import Clock
from pairgrant_server.authorization_server.limits.network_rate_limit import NetworkRateLimit
from pairgrant_server.authorization_server.limits.rate_limit import RateLimit

PER_BROWSER = 120
"""A minute, once the budget of its network is spent."""


class PageBudget:
    """Counts page requests of one minute.

    Strangers on a network can spend its budget, so a known browser then has one of its own. All known
    browsers of a network together have as much again as the network, so the sum stays bounded.
    ``known_browser`` gives the identifier of a browser by its cookies, without the database.
    """

    def __init__(
        self,
        per_minute: int,
        clock: Clock,
        *,
        known_browser: Callable[[dict[str, str]], str | None],
        per_browser: int = PER_BROWSER,
    ) -> None:
        self._per_network = NetworkRateLimit(per_minute, clock)
        self._of_known_browsers = NetworkRateLimit(per_minute, clock)
        self._per_browser = RateLimit(per_browser, clock)
        self._known_browser = known_browser

    def allows(self, network: str, scope: Scope) -> bool:
        """Count one request of ``network`` if it is within a limit, and return whether it is."""
        return self._per_network.allows(network) or self._allows_known_browser(network, scope)

    def _allows_known_browser(self, network: str, scope: Scope) -> bool:
        browser = self._known_browser(HTTPConnection(scope).cookies)
        if browser is None or not self._per_browser.has_room(browser):
            return False
        if not self._of_known_browsers.allows(network):
            return False
        self._per_browser.count(browser)
        return True
