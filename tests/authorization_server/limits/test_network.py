"""The network of a caller: what one subscriber holds, and what ``trusted_networks`` names."""

import pytest

from pairgrant_server.authorization_server.limits.network import (
    PER_SITE,
    counted_as,
    is_in,
    is_known,
    is_same_network,
    network_of,
    site_of,
    unknown_address,
)


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1::/56"),
        ("unknown", "unknown"),
    ],
)
def test_network_is_what_one_subscriber_holds(address: str, network: str) -> None:
    assert network_of(address) == network


@pytest.mark.parametrize(
    ("network", "site"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:200::/56", "2001:db8:1::/48"),
        ("unknown", "unknown"),
    ],
)
def test_site_is_the_ipv6_48_around_a_network(network: str, site: str) -> None:
    assert site_of(network) == site
    assert counted_as(network) == (((network, 1),) if site == network else ((network, 1), (site, PER_SITE)))


@pytest.mark.parametrize("network", ["192.0.2.7", "2001:db8:1:200::/56"])
def test_sender_whose_network_is_unknown_counts_as_its_own_network(network: str) -> None:
    """Otherwise one ``X-Forwarded-For: x`` would give everyone a second budget."""
    assert counted_as(unknown_address(network)) == counted_as(network)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("192.0.2.7", True),
        ("::ffff:192.0.2.7", True),
        ("2001:db8::1", True),
        ("198.51.100.1", False),
        ("2001:db9::1", False),
        ("unknown", False),
    ],
)
def test_address_is_in_one_of_the_networks(address: str, expected: bool) -> None:  # noqa: FBT001
    assert is_in(address, ("192.0.2.0/24", "2001:db8::/32")) is expected


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("192.0.2.7", "192.0.2.7", True),
        ("192.0.2.7", "::ffff:192.0.2.7", True),
        ("2001:db8::1", "2001:db8::2", True),
        ("2001:db8::1", network_of("2001:db8::2"), True),
        ("192.0.2.7", "192.0.2.8", False),
        ("unknown", "unknown", False),
        (unknown_address("192.0.2.7"), unknown_address("192.0.2.7"), False),
        (unknown_address("192.0.2.7"), "192.0.2.7", False),
    ],
)
def test_unknown_network_is_the_same_as_no_other(one: str, other: str, expected: bool) -> None:  # noqa: FBT001
    assert is_same_network(one, other) is expected
    assert is_same_network(other, one) is expected


def test_unknown_address_is_in_no_network_and_keeps_its_count_apart() -> None:
    here, there = unknown_address("192.0.2.7"), unknown_address("192.0.2.8")
    assert not is_known(here)
    assert not is_in(here, ("0.0.0.0/0",))
    assert network_of(here) == here != there


def test_mapped_network_has_the_ipv4_addresses() -> None:
    assert is_in("192.0.2.7", ("::ffff:192.0.2.0/120",))
    assert not is_in("198.51.100.1", ("::ffff:192.0.2.0/120",))
