"""The proxies whose word about a caller's address counts: ``PAIRGRANT_TRUSTED_PROXIES``."""

from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network

from pairgrant_server.authorization_server.model.addresses import parsed_address, parsed_network
from pairgrant_server.errors import PairgrantServerError


class TrustedProxiesError(PairgrantServerError, ValueError):
    """An entry of the list is invalid; the text names it and says what to write."""


class TrustedProxies:
    """A set of addresses; ``in`` takes the text of an address, and any other text is not in the set."""

    def __init__(self, networks: tuple[IPv4Network | IPv6Network, ...] = ()) -> None:
        self._networks = networks
        self._trusts = lru_cache(4096)(self._compute)

    @classmethod
    def parse(cls, text: str) -> "TrustedProxies":
        """The set that ``text`` lists: addresses and networks, separated by commas.

        Raises:
            TrustedProxiesError: an entry is neither, or stands for far more addresses than proxies have.
        """
        entries = (entry.strip() for entry in text.split(","))
        return cls(tuple(_network(entry) for entry in entries if entry))

    def __bool__(self) -> bool:
        return bool(self._networks)

    def __contains__(self, address: str) -> bool:
        return self._trusts(address)

    def _compute(self, address: str) -> bool:
        parsed = parsed_address(address)
        return parsed is not None and any(parsed in network for network in self._networks)


_WIDEST = {4: 8, 6: 7}
"""Prefix lengths: 10.0.0.0/8 and fc00::/7 are the widest private networks (RFC 1918, RFC 4193)."""


def _network(entry: str) -> IPv4Network | IPv6Network:
    if "%" in entry and (address := parsed_address(entry)) is not None:
        without = str(address).partition("%")[0]
        raise TrustedProxiesError(f"{entry!r}: write the address without its zone, {without}")
    try:
        network = parsed_network(entry)
    except ValueError:
        raise TrustedProxiesError(_refusal(entry)) from None
    if network.prefixlen == 0:
        raise TrustedProxiesError(_EVERYBODY.format(entry=entry))
    widest = _WIDEST[network.version]
    if network.prefixlen < widest:
        raise TrustedProxiesError(
            f"{entry!r} is wider than /{widest}, so strangers in it could invent the address that they come "
            "from; name the addresses of your proxies"
        )
    return network


_EVERYBODY = (
    "{entry!r} would let every sender invent the address that it comes from; name the addresses of your "
    "proxies"
)


def _refusal(entry: str) -> str:
    if entry == "*":
        return _EVERYBODY.format(entry=entry)
    if any(separator in entry for separator in "; \t\n"):
        return f"{entry!r}: separate addresses by commas, like 127.0.0.1,10.0.0.1"
    try:
        meant = parsed_network(entry, strict=False)
    except ValueError:
        return (
            f"{entry!r} is no address; write the address of your proxy, like 127.0.0.1, or its network, "
            "like 10.0.0.0/24"
        )
    address = entry.partition("/")[0]
    return f"{entry!r} is no network; write {meant} for the network, or {address} for the one address"
