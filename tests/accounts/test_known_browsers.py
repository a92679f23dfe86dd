"""A cookie that lets a browser be known again by one person's sign-in, and proves nothing else."""

import pytest

from pairgrant_protocol.secret import Secret
from pairgrant_server.accounts.known_browsers import LIFETIME, KnownBrowsers
from pairgrant_server.authorization_server.secrets.server_key import ServerKey
from tests.authorization_server.hand_clock import HandClock


@pytest.fixture
def browsers(clock: HandClock) -> KnownBrowsers:
    return KnownBrowsers(ServerKey(Secret("test server key")), clock)


def test_browser_is_known_for_the_person_who_signed_in(browsers: KnownBrowsers) -> None:
    cookie = browsers.cookie_after_sign_in(None, "u-alice").reveal()
    assert browsers.identifier(cookie, "u-alice")
    assert browsers.identifier(cookie, "u-bob") is None


def test_known_browser_cookie_is_new_at_each_sign_in(browsers: KnownBrowsers) -> None:
    first = browsers.cookie_after_sign_in(None, "u-alice").reveal()
    second = browsers.cookie_after_sign_in(first, "u-alice").reveal()
    assert browsers.identifier(first, "u-alice") != browsers.identifier(second, "u-alice")
    assert "~" not in second, "one entry for one person"


def test_browser_remembers_several_people_and_drops_the_oldest(
    browsers: KnownBrowsers,
) -> None:
    cookie = ""
    for number in range(7):
        cookie = browsers.cookie_after_sign_in(cookie, f"u{number}").reveal()
    assert [bool(browsers.identifier(cookie, f"u{number}")) for number in range(7)] == [False] * 2 + [
        True
    ] * 5
    assert len(cookie) < 500


def test_known_browser_cookie_expires_after_half_a_year(browsers: KnownBrowsers, clock: HandClock) -> None:
    cookie = browsers.cookie_after_sign_in(None, "u-alice").reveal()
    clock.now += LIFETIME - 1
    assert browsers.identifier(cookie, "u-alice")
    clock.now += 1
    assert browsers.identifier(cookie, "u-alice") is None


def test_forged_known_browser_cookie_is_ignored(browsers: KnownBrowsers, clock: HandClock) -> None:
    good = browsers.cookie_after_sign_in(None, "u-alice").reveal()
    nonce, issued_at, tag = good.split(".")
    forged = [
        *(None, "", "~", "~" * 1000, "x" * 5000, "é", good[:-1], good + "x", f"{nonce}.{issued_at}."),
        f"{nonce}.{int(issued_at) + 1}.{tag}",
        f"{'A' * 22}.{issued_at}.{tag}",
        f"{nonce}.{issued_at}.{'A' * 43}",
        f"{nonce}.{'9' * 30}.{tag}",
        f"{nonce}.-1.{tag}",
    ]
    assert [browsers.identifier(cookie, "u-alice") for cookie in forged] == [None] * len(forged)
    elsewhere = KnownBrowsers(ServerKey(Secret("another key")), clock)
    assert elsewhere.identifier(good, "u-alice") is None
    assert elsewhere.recognized(good) is None


def test_browser_is_recognized_without_the_account_until_its_cookie_expires(
    browsers: KnownBrowsers, clock: HandClock
) -> None:
    cookie = browsers.cookie_after_sign_in(None, "u-alice").reveal()
    assert browsers.recognized(cookie) == browsers.identifier(cookie, "u-alice")
    nonce, issued_at, tag = cookie.split(".")
    forged = [
        *(None, "", f"{'A' * 22}.{issued_at}.{tag}", f"{'_' * 22}.{issued_at}.{tag}"),
        f"{nonce}.{int(issued_at) - 1}.{tag}",
    ]
    assert [browsers.recognized(other) for other in forged] == [None] * len(forged)
    clock.now += LIFETIME
    assert browsers.recognized(cookie) is None


def test_known_browser_cookie_from_the_future_is_ignored(browsers: KnownBrowsers, clock: HandClock) -> None:
    clock.now += 3600
    cookie = browsers.cookie_after_sign_in(None, "u-alice").reveal()
    clock.now -= 3600
    assert browsers.identifier(cookie, "u-alice") is None


def test_known_browser_cookie_is_masked_in_repr(browsers: KnownBrowsers) -> None:
    cookie = browsers.cookie_after_sign_in(None, "u-alice")
    assert cookie.reveal() not in repr(cookie)
    assert "u-alice" not in cookie.reveal()
