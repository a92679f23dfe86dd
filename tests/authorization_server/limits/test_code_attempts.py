"""RFC 8628 §5.1: a wrong guess counts against the guesser, and the sum only makes new codes longer."""

import asyncio

import pytest

from pairgrant_server.authorization_server.limits.code_attempts import (
    DELAY,
    PER_ACCOUNT,
    PER_ACCOUNT_AND_NETWORK,
    PER_NETWORK,
    Allowance,
    CodeAttempts,
)
from pairgrant_server.authorization_server.limits.code_length import (
    SHORT_TERM,
    TWO_DAYS,
    code_length,
    expected_hits,
)
from pairgrant_server.authorization_server.limits.network import PER_SITE, unknown_address
from tests.authorization_server.server_under_test import ServerUnderTest

HOME, OFFICE = "192.0.2.7", "192.0.2.8"


async def guess(
    server: ServerUnderTest, times: int, network: str, user_id: str | None = None
) -> list[Allowance]:
    attempts = server.parts.code_attempts
    return [(await attempts.spend(network=network, user_id=user_id)).allowance for _ in range(times)]


async def test_strangers_on_a_network_get_twenty_guesses_then_sign_in(server: ServerUnderTest) -> None:
    assert await guess(server, 21, HOME) == [Allowance.ALLOWED] * PER_NETWORK + [Allowance.SIGN_IN_FIRST]


async def test_invented_forwarding_header_gives_no_second_budget_for_guesses(server: ServerUnderTest) -> None:
    await guess(server, PER_NETWORK, HOME)
    assert await guess(server, 1, unknown_address(HOME)) == [Allowance.SIGN_IN_FIRST]
    await guess(server, PER_ACCOUNT_AND_NETWORK, HOME, "u-alice")
    assert await guess(server, 1, unknown_address(HOME), "u-alice") == [Allowance.REFUSED]


async def test_a_thousand_guesses_from_one_network_change_nothing_elsewhere(server: ServerUnderTest) -> None:
    await guess(server, 1000, HOME)
    assert await guess(server, 1, OFFICE) == [Allowance.ALLOWED]
    assert await server.parts.code_attempts.code_length() == 8


async def test_guesses_of_strangers_do_not_count_for_an_account(server: ServerUnderTest) -> None:
    await guess(server, 100, HOME)
    attempt = await server.parts.code_attempts.spend(network=HOME, user_id="u-alice")
    assert (attempt.allowance, attempt.delay) == (Allowance.ALLOWED, 0.0)


async def test_guesses_of_accounts_do_not_count_for_strangers_or_each_other(server: ServerUnderTest) -> None:
    for number in range(50):
        await guess(server, PER_ACCOUNT_AND_NETWORK, HOME, f"u-{number}")
    assert await guess(server, 1, HOME) == [Allowance.ALLOWED]
    assert await guess(server, 1, HOME, "u-alice") == [Allowance.ALLOWED]


async def test_account_gets_ten_guesses_on_a_network_and_twenty_in_all(server: ServerUnderTest) -> None:
    assert (await guess(server, 11, HOME, "u-alice"))[9:] == [Allowance.ALLOWED, Allowance.REFUSED]
    assert await guess(server, 1, OFFICE, "u-alice") == [Allowance.ALLOWED]
    elsewhere = [(await guess(server, 1, f"198.51.100.{number}", "u-alice"))[0] for number in range(12)]
    assert elsewhere.count(Allowance.ALLOWED) == PER_ACCOUNT - PER_ACCOUNT_AND_NETWORK - 1


async def test_refused_guesses_do_not_count(server: ServerUnderTest) -> None:
    """A flood of refused guesses must not lengthen the time until the next one is allowed."""
    for _ in range(3):
        assert (await guess(server, 100, HOME)).count(Allowance.ALLOWED) == PER_NETWORK
        assert (await guess(server, 100, HOME, "u-alice")).count(Allowance.ALLOWED) == PER_ACCOUNT_AND_NETWORK
        server.clock.advance(1200)


async def test_of_many_guesses_at_once_as_many_as_the_limit_are_allowed(server: ServerUnderTest) -> None:
    attempts = server.parts.code_attempts
    at_once = await asyncio.gather(*[attempts.spend(network=HOME, user_id=None) for _ in range(100)])
    assert [attempt.allowance for attempt in at_once].count(Allowance.ALLOWED) == PER_NETWORK


async def test_right_code_does_not_count_even_over_the_end_of_a_window(server: ServerUnderTest) -> None:
    attempts = server.parts.code_attempts
    for _ in range(50):
        attempt = await attempts.spend(network=HOME, user_id="u-alice")
        assert attempt.allowance is Allowance.ALLOWED
        server.clock.advance(50)
        await attempts.give_back(attempt)


async def test_delay_rises_before_the_refusal_for_the_guesser_alone(server: ServerUnderTest) -> None:
    attempts = server.parts.code_attempts
    delays = [(await attempts.spend(network=HOME, user_id=None)).delay for _ in range(PER_NETWORK)]
    assert delays == [0.0] * (PER_NETWORK // 2) + [DELAY] * (PER_NETWORK // 2)
    assert (await attempts.spend(network=OFFICE, user_id=None)).delay == 0.0


async def test_processes_share_the_counts(server: ServerUnderTest) -> None:
    other = CodeAttempts(server.store, server.clock)
    await guess(server, PER_NETWORK, HOME)
    assert (await other.spend(network=HOME, user_id=None)).allowance is Allowance.SIGN_IN_FIRST
    for _ in range(SHORT_TERM + 1):
        await server.parts.code_attempts.count_wrong()
    assert await other.code_length() == 10


async def test_longer_codes_stay_for_a_day_after_a_burst(server: ServerUnderTest) -> None:
    await server.store.spend_attempts(["code server day"], _tomorrow(server), TWO_DAYS)
    await server.parts.code_attempts.count_wrong()
    server.clock.advance(86_400)
    await server.store.sweep(server.clock())
    assert await server.parts.code_attempts.code_length() == 10
    server.clock.advance(86_400)
    assert await server.parts.code_attempts.code_length() == 8


async def test_ipv6_48_gets_the_guesses_of_a_few_networks_and_its_accounts_their_own(
    server: ServerUnderTest,
) -> None:
    networks = [f"2001:db8:1:{number:02x}00::/56" for number in range(256)]
    allowances = [(await guess(server, 1, network))[0] for network in networks]
    assert allowances == [Allowance.ALLOWED] * PER_SITE * PER_NETWORK + [Allowance.SIGN_IN_FIRST] * 196
    assert await guess(server, 1, networks[-1], "u-alice") == [Allowance.ALLOWED]
    assert await guess(server, 1, "2001:db8:2::/56") == [Allowance.ALLOWED]


async def test_one_network_leaves_its_neighbours_in_an_ipv6_48_alone(server: ServerUnderTest) -> None:
    await guess(server, 1000, "2001:db8:1::/56")
    attempt = await server.parts.code_attempts.spend(network="2001:db8:1:100::/56", user_id=None)
    assert (attempt.allowance, attempt.delay) == (Allowance.ALLOWED, 0.0)


def _tomorrow(server: ServerUnderTest) -> int:
    return int(server.clock()) // 86_400 * 86_400 + 2 * 86_400


def test_code_length_grows_by_two_letters_for_each_400_fold() -> None:
    assert [code_length(recent, 0) for recent in (SHORT_TERM, SHORT_TERM + 1)] == [8, 10]
    assert [code_length(0, days) for days in (TWO_DAYS, TWO_DAYS + 1)] == [8, 10]
    assert [code_length(recent, 0) for recent in (SHORT_TERM * 400, SHORT_TERM * 400 + 1)] == [10, 12]
    assert code_length(10**9, 10**9) == 12


@pytest.mark.parametrize("networks", [1, PER_SITE], ids=["network", "ipv6-48"])
def test_one_network_or_ipv6_48_reaches_no_threshold_of_the_code_length(networks: int) -> None:
    windows_in_two_days = 2 * 86_400 // 1200
    assert networks * PER_NETWORK < SHORT_TERM
    assert networks * PER_NETWORK * (windows_in_two_days + 1) < TWO_DAYS


class TestYear:
    """What guessing wins in a year while 10,000 codes are live; docs/security.md states these numbers."""

    LIVE = 10_000

    def test_one_network_wins_a_fifth_of_a_code_in_a_year(self) -> None:
        guesses = PER_NETWORK * 365 * 86_400 / 1200
        assert round(expected_hits(guesses, self.LIVE, 8), 2) == 0.21

    def test_one_ipv6_48_wins_three_fifths_of_a_code_in_a_year(self) -> None:
        guesses = PER_SITE * PER_NETWORK * 365 * 86_400 / 1200
        assert round(expected_hits(guesses, self.LIVE, 8), 2) == 0.62

    def test_many_networks_just_below_the_threshold_win_less_than_one_code_in_a_year(self) -> None:
        assert round(expected_hits(TWO_DAYS / 2 * 365, self.LIVE, 8), 2) == 0.71

    def test_botnet_of_500_networks_wins_about_one_code_in_a_year(self) -> None:
        """Each two days one burst at codes of eight letters, and the rest of the time at longer codes."""
        per_burst = 500 * PER_NETWORK
        bursts = expected_hits(per_burst * 365 / 2, self.LIVE, 8)
        between = expected_hits(per_burst * 365 * 86_400 / 1200, self.LIVE, 10)
        assert (round(bursts, 2), round(between, 2)) == (0.71, 0.26)
        assert round(PER_SITE * (bursts + between), 2) == 2.91, "each network with an IPv6 /48 of its own"
