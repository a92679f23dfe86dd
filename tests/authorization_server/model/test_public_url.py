"""The one spelling of the public URL, as browsers write an origin (RFC 6454 §6.1, RFC 5952, RFC 5890)."""

import pytest

from pairgrant_server.authorization_server.model.public_url import PublicURLError, canonical_public_url


@pytest.mark.parametrize(
    ("spelling", "canonical"),
    [
        ("https://pair.example", "https://pair.example"),
        ("https://pair.example/", "https://pair.example"),
        ("HTTPS://pair.example", "https://pair.example"),
        ("https://PAIR.Example", "https://pair.example"),
        ("https://pair.example:443", "https://pair.example"),
        ("https://pair.example:", "https://pair.example"),
        ("https://pair.example:0443", "https://pair.example"),
        ("https://pair.example:8443", "https://pair.example:8443"),
        ("http://pair.example:80", "http://pair.example"),
        ("http://pair.example:443", "http://pair.example:443"),
        ("https://bücher.example", "https://xn--bcher-kva.example"),
        ("https://BÜCHER.example:443/", "https://xn--bcher-kva.example"),
        ("https://straße.example", "https://xn--strae-oqa.example"),
        ("https://xn--bcher-kva.example", "https://xn--bcher-kva.example"),
        ("https://my_host.example", "https://my_host.example"),
        ("http://[0:0:0:0:0:0:0:1]:8628", "http://[::1]:8628"),
        ("http://[2001:DB8::0:7]", "http://[2001:db8::7]"),
        ("http://192.0.2.7:8628", "http://192.0.2.7:8628"),
        ("http://127.1:8628", "http://127.0.0.1:8628"),
        ("http://0x7f000001", "http://127.0.0.1"),
    ],
)
def test_every_spelling_of_an_origin_becomes_the_one_that_browsers_send(
    spelling: str, canonical: str
) -> None:
    assert canonical_public_url(spelling) == canonical
    assert canonical_public_url(canonical) == canonical


@pytest.mark.parametrize(
    ("spelling", "says"),
    [
        ("https://Pair.example:443/auth", "without a path, like https://pair.example"),
        ("https://pair.example?", "neither a query nor a fragment: write it like https://pair.example"),
        ("https://pair.example/#top", "neither a query nor a fragment"),
        ("https://pair.example.", "without the dot at its end, like pair.example"),
        ("http://[::ffff:192.0.2.7]", "write the IPv4 address itself: 192.0.2.7"),
        ("http://[fe80::1%eth0]", "write it without %eth0"),
        ("https://-.example", "write it like https://pair.example"),
        ("https://pair..example", "write it like https://pair.example"),
        ("https://300.0.0.1", "write it like https://pair.example"),
        ("https://user:word@pair.example", "write it like https://pair.example"),
        ("https://pair.example:0", "write it like https://pair.example"),
        ("https://pair.example:port", "write it like https://pair.example"),
        ("https://pair.example:99999", "write it like https://pair.example"),
        ("https://[::1", "write it like https://pair.example"),
        ("https://[v1.pair]", "write it like https://pair.example"),
        ("https://pair.example[::1]", "write it like https://pair.example"),
        ("https://[::1]pair.example", "write it like https://pair.example"),
        ("http://0.0.0.0:8628", "0.0.0.0 only says where to listen"),
        ("http://0:8628", "0.0.0.0 only says where to listen"),
        ("http://[::0]:8628", "[::] only says where to listen"),
        ("https://pair example", "write it like https://pair.example"),
        ("https://pair.example\t", "write it like https://pair.example"),
        ("https:\\\\pair.example", "write it like https://pair.example"),
        ("https://pair%2eexample", "write it like https://pair.example"),
        ("https://*.example", "write it like https://pair.example"),
        ("https://", "write it like https://pair.example"),
        ("pair.example", "write it like https://pair.example"),
        ("ftp://pair.example", "write it like https://pair.example"),
        ("https://\N{PILE OF POO}.example", "xn--"),
    ],
)
def test_url_that_can_not_be_public_is_refused_with_the_spelling_that_can(spelling: str, says: str) -> None:
    with pytest.raises(PublicURLError) as refusal:
        canonical_public_url(spelling)
    assert says in str(refusal.value)
