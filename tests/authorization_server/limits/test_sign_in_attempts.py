"""Wrong passwords cost their author, and no count that strangers can spend refuses a person."""

import pytest

from pairgrant_server.authorization_server.limits.network import PER_SITE, unknown_address
from pairgrant_server.authorization_server.limits.sign_in_attempts import (
    DELAY,
    PER_ACCOUNT,
    PER_NAME,
    PER_NAME_UNDER_ATTACK,
    PER_NETWORK,
    Lane,
    SignInAttempt,
)
from tests.authorization_server.server_under_test import ServerUnderTest

HOME = "192.0.2.7"


async def wrong(server: ServerUnderTest, times: int, network: str, username: str = "alice") -> list[Lane]:
    attempts = server.parts.sign_in_attempts
    return [(await attempts.spend(network=network, username=username)).lane for _ in range(times)]


async def flood(server: ServerUnderTest, networks: int = 30) -> None:
    for number in range(networks):
        await wrong(server, PER_NAME, f"198.51.100.{number}")


async def tried(
    server: ServerUnderTest, network: str, username: str = "alice", **browser: str
) -> SignInAttempt:
    return await server.parts.sign_in_attempts.spend(network=network, username=username, **browser)


async def test_network_is_suspect_after_ten_wrong_passwords_for_a_name(server: ServerUnderTest) -> None:
    assert await wrong(server, 11, HOME) == [Lane.NEW] * PER_NAME + [Lane.SUSPECT]


async def test_invented_forwarding_header_gives_no_second_budget_for_passwords(
    server: ServerUnderTest,
) -> None:
    await wrong(server, PER_NAME, HOME)
    assert await wrong(server, 1, unknown_address(HOME)) == [Lane.SUSPECT]


async def test_network_is_suspect_after_a_hundred_wrong_passwords(
    server: ServerUnderTest,
) -> None:
    lanes = [(await wrong(server, 1, HOME, f"name{number}"))[0] for number in range(101)]
    assert lanes == [Lane.NEW] * PER_NETWORK + [Lane.SUSPECT]


async def test_thousand_wrong_passwords_from_one_network_change_nothing_elsewhere(
    server: ServerUnderTest,
) -> None:
    await wrong(server, 1000, HOME, "alice")
    elsewhere = await tried(server, "192.0.2.8", "alice")
    assert (elsewhere.lane, elsewhere.delay) == (Lane.NEW, 0.0)


async def test_many_networks_at_one_name_cost_a_second_and_no_refusal(server: ServerUnderTest) -> None:
    await flood(server)
    attempt = await tried(server, HOME)
    assert (attempt.lane, attempt.delay) == (Lane.NEW, DELAY)
    assert (await wrong(server, 3, HOME))[-2:] == [Lane.NEW, Lane.SUSPECT]
    assert PER_NAME_UNDER_ATTACK == 3


async def test_known_browser_keeps_its_lane_whatever_strangers_do(server: ServerUnderTest) -> None:
    await flood(server)
    known = [await tried(server, "198.51.100.1", browser="b1") for _ in range(11)]
    assert [attempt.lane for attempt in known] == [Lane.KNOWN] * 11
    assert [attempt.delay for attempt in known] == [0.0] * PER_NAME + [DELAY]


async def test_flood_at_one_account_does_not_affect_another(server: ServerUnderTest) -> None:
    await flood(server)
    assert (await tried(server, HOME, "bob")).delay == 0.0


async def test_account_recovers_from_a_flood(server: ServerUnderTest) -> None:
    await flood(server)
    server.clock.advance(1200)
    assert (await tried(server, HOME)).delay == 0.0


@pytest.mark.parametrize("written", ["ALICE", " alice ", "\uff21lice", "\U0001d41alice"])
async def test_other_spelling_of_a_name_has_no_count_of_its_own(
    server: ServerUnderTest, written: str
) -> None:
    await flood(server, PER_ACCOUNT // PER_NAME + 1)
    assert (await tried(server, HOME, written)).delay == DELAY


async def test_ipv6_48_is_suspect_after_the_wrong_passwords_of_a_few_networks(
    server: ServerUnderTest,
) -> None:
    """So it can't raise the cost of one name for everyone, as the 256 networks in it could."""
    lanes = [(await wrong(server, 1, f"2001:db8:1:{number:02x}00::/56"))[0] for number in range(200)]
    assert lanes == [Lane.NEW] * PER_SITE * PER_NAME + [Lane.SUSPECT] * (200 - PER_SITE * PER_NAME)
    elsewhere = await tried(server, "2001:db8:2::/56")
    assert (elsewhere.lane, elsewhere.delay) == (Lane.NEW, 0.0)


async def test_ipv6_48_is_suspect_after_the_wrong_passwords_for_many_names_of_a_few_networks(
    server: ServerUnderTest,
) -> None:
    tries = [(f"2001:db8:1:{number % 256:02x}00::/56", f"name{number}") for number in range(301)]
    lanes = [(await wrong(server, 1, network, name))[0] for network, name in tries]
    assert lanes == [Lane.NEW] * PER_SITE * PER_NETWORK + [Lane.SUSPECT]


async def test_one_network_leaves_its_neighbours_in_an_ipv6_48_alone(server: ServerUnderTest) -> None:
    await wrong(server, 100, "2001:db8:1::/56")
    neighbour = await tried(server, "2001:db8:1:100::/56")
    assert (neighbour.lane, neighbour.delay) == (Lane.NEW, 0.0)


async def test_networks_of_an_ipv6_48_share_places_and_each_has_lines_of_its_own(
    server: ServerUnderTest,
) -> None:
    one, other = [await tried(server, f"2001:db8:1:{number}00::/56") for number in (1, 2)]
    assert one.caller == other.caller != (await tried(server, "2001:db8:2::/56")).caller
    assert one.line != other.line


async def test_right_password_does_not_count(server: ServerUnderTest) -> None:
    for number in range(300):
        attempt = await tried(server, f"192.0.2.{number % 25}")
        assert (attempt.lane, attempt.delay) == (Lane.NEW, 0.0)
        server.clock.advance(7)
        await server.parts.sign_in_attempts.give_back(attempt)
