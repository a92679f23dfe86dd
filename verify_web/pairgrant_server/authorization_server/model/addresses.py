"""IP addresses and networks as texts; IPv4 ones also where a socket for both versions writes them as IPv6.

Such an *IPv4-mapped* address (``::ffff:192.0.2.7``, RFC 4291 §2.5.5.2) is the IPv4 address everywhere.
"""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

MAPPED_PREFIX = "::ffff:"
"""With this begins every mapped address that a socket reports."""

_MAPPED = IPv6Network("::ffff:0:0/96")


def parsed_address(text: str) -> IPv4Address | IPv6Address | None:
    """The address; None for other texts."""
    try:
        parsed = ip_address(text)
    except ValueError:
        return None
    if parsed.version == 6 and parsed.ipv4_mapped is not None:
        return parsed.ipv4_mapped
    return parsed


def parsed_network(text: str, *, strict: bool = True) -> IPv4Network | IPv6Network:
    """The network in CIDR notation, or of one address; ``strict`` refuses host bits.

    Raises:
        ValueError: the text is no network.
    """
    network = ip_network(text, strict=strict)
    if network.version == 6 and network.subnet_of(_MAPPED):
        mapped = network.network_address.ipv4_mapped
        assert mapped is not None  # noqa: S101 - it lies in the prefix
        return IPv4Network((mapped, network.prefixlen - _MAPPED.prefixlen))
    return network


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches ``host``, a name or an address (RFC 6761 §6.3)."""
    address = parsed_address(host)
    if address is None:
        return host == "localhost" or host.endswith(".localhost")
    return address.is_loopback
