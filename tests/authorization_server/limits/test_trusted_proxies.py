"""``PAIRGRANT_TRUSTED_PROXIES``: who may say where a request comes from, and which entries are refused."""

import pytest

from pairgrant_server.authorization_server.limits.trusted_proxies import TrustedProxies, TrustedProxiesError

PROXIES = TrustedProxies.parse("127.0.0.1, 10.0.0.0/24,2001:db8::/32")


@pytest.mark.parametrize(
    ("address", "is_trusted"),
    [
        ("127.0.0.1", True),
        ("::ffff:127.0.0.1", True),
        ("10.0.0.255", True),
        ("2001:db8::1", True),
        ("127.0.0.2", False),
        ("10.0.1.0", False),
        ("::1", False),
        ("unknown", False),
        ("", False),
    ],
)
def test_only_the_listed_addresses_are_trusted(address: str, is_trusted: bool) -> None:  # noqa: FBT001
    assert (address in PROXIES) is is_trusted


@pytest.mark.parametrize("text", ["", " ", ","])
def test_empty_list_trusts_no_address(text: str) -> None:
    assert not TrustedProxies.parse(text)
    assert "127.0.0.1" not in TrustedProxies.parse(text)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("127.0.0.1,nginx", "'nginx' is no address"),
        ("127.0.0.1/8", "'127.0.0.1/8' is no network; write 127.0.0.0/8 for the network, or 127.0.0.1"),
        ("127.0.0.1;10.0.0.1", "'127.0.0.1;10.0.0.1': separate addresses by commas"),
        ("127.0.0.1 10.0.0.1", "'127.0.0.1 10.0.0.1': separate addresses by commas"),
        ("127.0.0.1:80", "'127.0.0.1:80' is no address"),
        ("10.0.0.0/33", "'10.0.0.0/33' is no address"),
        ("*", "'*' would let every sender invent"),
        ("127.0.0.1,0.0.0.0/0", "'0.0.0.0/0' would let every sender invent"),
        ("::/0", "'::/0' would let every sender invent"),
        ("0.0.0.0/1,128.0.0.0/1", "'0.0.0.0/1' is wider than /8"),
        ("10.0.0.0/7", "'10.0.0.0/7' is wider than /8"),
        ("::/1,8000::/1", "'::/1' is wider than /7"),
        ("fe80::1%eth0", "'fe80::1%eth0': write the address without its zone, fe80::1"),
        ("::ffff:0:0/96", "'::ffff:0:0/96' would let every sender invent"),
        ("::ffff:10.0.0.1/120", "'::ffff:10.0.0.1/120' is no network; write 10.0.0.0/24 for the network"),
    ],
)
def test_entry_that_would_trust_nobody_or_everybody_is_refused_by_name(text: str, says: str) -> None:
    with pytest.raises(TrustedProxiesError) as refusal:
        TrustedProxies.parse(text)
    assert str(refusal.value).startswith(says)


@pytest.mark.parametrize("text", ["::ffff:10.0.0.7", "::ffff:10.0.0.0/120"])
def test_mapped_entry_is_the_ipv4_address_or_network(text: str) -> None:
    assert "10.0.0.7" in TrustedProxies.parse(text)
    assert "::ffff:10.0.0.7" in TrustedProxies.parse(text)
    assert "10.0.1.7" not in TrustedProxies.parse(text)


@pytest.mark.parametrize("network", ["10.0.0.0/8", "fc00::/7"])
def test_widest_private_networks_are_taken(network: str) -> None:
    assert TrustedProxies.parse(network)


def test_link_local_proxy_is_trusted_by_its_address_without_the_zone() -> None:
    assert "fe80::1%eth0" in TrustedProxies.parse("fe80::1")
