"""The network of a caller: the unit that limits count, and that ``trusted_networks`` lists."""

from functools import lru_cache
from ipaddress import ip_network

from pairgrant_server.authorization_server.model.addresses import parsed_address, parsed_network

PER_SITE = 3
"""How many networks an IPv6 /48 counts as, at most, however many of its 256 make requests.

With four, one /48 alone would make new codes longer for everyone (``code_length.TWO_DAYS``).
"""

_UNKNOWN = "unknown"
_PERHAPS = f"{_UNKNOWN}, perhaps "


@lru_cache(4096)
def network_of(address: str) -> str:
    """The network of one subscriber: an IPv4 address, or the /56 around an IPv6 address.

    Text that is not an IP address is returned unchanged.
    """
    parsed = parsed_address(address)
    if parsed is None:
        return address
    return str(parsed) if parsed.version == 4 else str(ip_network((parsed.packed, 56), strict=False))


def counted_network(network: str) -> str:
    """The network that limits count: where it is unknown, that of the sender.

    Otherwise a header that anyone can add would give each sender a second budget.
    """
    return network.removeprefix(_PERHAPS)


def site_of(network: str) -> str:
    """The IPv6 /48 around a network, which a provider may assign to one site (RFC 6177 §2); else itself.

    ``network`` is one that limits count.
    """
    try:
        parsed = ip_network(network)
    except ValueError:
        return network
    return str(parsed.supernet(new_prefix=48)) if parsed.version == 6 and parsed.prefixlen > 48 else network


@lru_cache(4096)
def counted_as(network: str) -> tuple[tuple[str, int], ...]:
    """What a request from ``network`` counts for, each with the number of networks that it is worth."""
    network = counted_network(network)
    site = site_of(network)
    return ((network, 1),) if site == network else ((network, 1), (site, PER_SITE))


def unknown_address(network: str) -> str:
    """The address of a caller whose network is unknown; limits count it as ``network``."""
    return _PERHAPS + network


def is_known(address: str) -> bool:
    """Whether it is known where a request with this address, or from this network, came from."""
    return not address.startswith(_UNKNOWN)


def is_same_network(one: str, other: str) -> bool:
    """Whether two addresses are of one subscriber; False if one is unknown, because it may be anywhere."""
    return is_known(one) and is_known(other) and network_of(one) == network_of(other)


def is_in(address: str, networks: tuple[str, ...]) -> bool:
    """Whether ``address`` lies in one of ``networks`` (CIDR)."""
    if not networks:
        return False
    parsed = parsed_address(address)
    return parsed is not None and any(parsed in parsed_network(network, strict=False) for network in networks)
