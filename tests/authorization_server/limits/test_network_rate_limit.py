"""A network has its limit, and an IPv6 /48 that of a few networks."""

from pairgrant_server.authorization_server.limits.network import PER_SITE
from pairgrant_server.authorization_server.limits.network_rate_limit import NetworkRateLimit
from tests.authorization_server.hand_clock import HandClock

NEIGHBOURS = [f"2001:db8:1:{number:02x}00::/56" for number in range(256)]


def allowed(limit: NetworkRateLimit, *networks: str, client_id: str = "") -> int:
    return [limit.allows(network, client_id) for network in networks].count(True)


def test_each_network_has_its_own_limit() -> None:
    limit = NetworkRateLimit(2, HandClock())
    assert allowed(limit, *["192.0.2.7"] * 5) == 2
    assert allowed(limit, *[NEIGHBOURS[0]] * 5) == 2
    assert allowed(limit, *[NEIGHBOURS[1]] * 5) == 2


def test_ipv6_48_has_the_limit_of_a_few_networks_and_recovers_in_a_minute() -> None:
    clock = HandClock()
    limit = NetworkRateLimit(2, clock)
    assert allowed(limit, *NEIGHBOURS) == PER_SITE * 2
    assert allowed(limit, "2001:db8:2::/56") == 1
    clock.advance(61)
    assert allowed(limit, NEIGHBOURS[-1]) == 1


def test_each_client_has_counts_of_its_own() -> None:
    limit = NetworkRateLimit(2, HandClock())
    assert [allowed(limit, *["192.0.2.7"] * 5, client_id=name) for name in ("web", "other")] == [2, 2]


def test_limit_of_zero_is_none() -> None:
    assert allowed(NetworkRateLimit(0, HandClock()), *NEIGHBOURS * 2) == 512
