"""The network of a caller: what one subscriber holds, and what ``trusted_networks`` names."""

import pytest

from pairgrant_server.authorization_server.limits.network import is_in, network_of


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
