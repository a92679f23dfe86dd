"""The address of the screens in a browser, and the requests that are meant for it."""

import pytest

from pairgrant.errors import DeviceSettingsError
from pairgrant.served.address import Address, parse_address

DEFAULT = "127.0.0.1:8629"


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        (DEFAULT, "127.0.0.1", 8629),
        ("9000", "127.0.0.1", 9000),
        (":9000", "127.0.0.1", 9000),
        ("localhost", "localhost", 8629),
        ("[::1]:80", "::1", 80),
        ("[::]", "::", 8629),
        (" 0.0.0.0:8080 ", "0.0.0.0", 8080),
        ("wall.example:8080", "wall.example", 8080),
        ("Wall.Example", "wall.example", 8629),
    ],
)
def test_missing_part_is_that_of_the_default(text: str, host: str, port: int) -> None:
    assert parse_address(text, DEFAULT) == Address(host, port)


@pytest.mark.parametrize("text", ["http://x:80", "x:0", "x:65536", "x:y:z", "::1", "x/y", "x:80\x1b[2J"])
def test_other_texts_are_no_address(text: str) -> None:
    with pytest.raises(DeviceSettingsError, match=r"--serve can't be used: .* Write it like 127"):
        parse_address(text, DEFAULT)


@pytest.mark.parametrize(
    ("host", "is_local"),
    [
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("::", False),
    ],
)
def test_loopback_is_local(host: str, is_local: object) -> None:
    assert Address(host, 80).is_local is is_local


@pytest.mark.parametrize(
    ("bound", "host", "is_accepted"),
    [
        ("127.0.0.1", "127.0.0.1:8629", True),
        ("127.0.0.1", "LOCALHOST:8629", True),
        ("127.0.0.1", "[::1]:8629", True),
        ("127.0.0.1", "evil.example:8629", False),
        ("127.0.0.1", "192.168.1.2:8629", False),
        ("127.0.0.1", "127.0.0.1.evil.example", False),
        ("127.0.0.1", "", False),
        ("0.0.0.0", "192.168.1.2:8629", True),
        ("0.0.0.0", "[fe80::1]:8629", True),
        ("0.0.0.0", "evil.example", False),
        ("wall.example", "wall.example:80", True),
        ("wall.example", "evil.example:80", False),
    ],
)
def test_name_of_another_site_is_refused(bound: str, host: str, is_accepted: object) -> None:
    assert Address(bound, 8629).accepts_host(host) is is_accepted


@pytest.mark.parametrize(
    ("origin", "is_accepted"),
    [
        ("http://127.0.0.1:8629", True),
        ("http://127.0.0.1:9999", False),
        ("https://127.0.0.1:8629", False),
        ("http://evil.example", False),
        ("null", False),
        (None, False),
    ],
)
def test_only_pages_of_the_same_address_may_open_a_screen(origin: str | None, is_accepted: object) -> None:
    assert Address("127.0.0.1", 8629).accepts_origin(origin, "127.0.0.1:8629") is is_accepted


def test_address_is_written_with_brackets_if_it_needs_them() -> None:
    assert str(Address("::1", 80)) == "[::1]:80"
    assert str(Address("localhost", 80)) == "localhost:80"
