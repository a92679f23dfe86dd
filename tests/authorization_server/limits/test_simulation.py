"""Who is hurt when codes and passwords are guessed: no honest person, and no one but the guesser."""

import random

from pairgrant_server.authorization_server.limits.code_attempts import PER_NETWORK
from pairgrant_server.authorization_server.limits.code_length import expected_hits
from tests.authorization_server.limits.simulated_hour import (
    ATTACKER,
    BOTS,
    Hour,
    Person,
    attack,
    office,
    people,
    school,
)

SEED = 8628
LIVE_CODES = 10_000


def everyone() -> list[Person]:
    chance = random.Random(SEED)
    return [*office(chance), *school(chance)]


_HOURS: dict[tuple[bool, bool], Hour] = {}
"""Each kind of hour is played once, because it is the same each time."""


async def simulated(*, attacker: bool = False, botnet: bool = False) -> Hour:
    if (attacker, botnet) not in _HOURS:
        _HOURS[attacker, botnet] = await _played(attacker=attacker, botnet=botnet)
    return _HOURS[attacker, botnet]


async def _played(*, attacker: bool, botnet: bool) -> Hour:
    hour, honest, chance = Hour(), everyone(), random.Random(SEED + 1)
    people(hour, honest)
    names = [person.name for person in honest]
    if attacker:
        attack(hour, ATTACKER, [names[0]], every=1, chance=chance)
    if botnet:
        for number, network in enumerate(BOTS):
            # Half of the networks try one person's password, the others everyone's.
            attack(hour, network, [names[0]] if number % 2 else names, every=60, chance=chance)
    await hour.run()
    return hour


def assert_no_honest_person_is_hurt(hour: Hour) -> None:
    for person in everyone():
        fate = hour.fates[person.name]
        assert fate.reached_consent, person
        assert fate.refusals == 0, person
        assert fate.delay <= 1, person
        assert fate.queue <= 1, person
        own_mistakes = person.mistypes_code + person.mistypes_password
        assert fate.forms <= 2 + own_mistakes, person


async def test_office_and_school_are_not_limited_by_their_own_mistakes() -> None:
    hour = await simulated()
    assert_no_honest_person_is_hurt(hour)
    assert hour.code_lengths == {8}


async def test_one_attacker_changes_nothing_for_anyone_else() -> None:
    alone, attacked = await simulated(), await simulated(attacker=True)
    assert_no_honest_person_is_hurt(attacked)
    assert attacked.code_lengths == {8}
    for person in everyone():
        before, after = alone.fates[person.name], attacked.fates[person.name]
        assert (after.forms, after.delay) == (before.forms, before.delay), person


async def test_one_attacker_gets_twenty_guesses_in_twenty_minutes() -> None:
    hour = await simulated(attacker=True)
    assert PER_NETWORK * 3 <= hour.guesses[ATTACKER] <= PER_NETWORK * 4


async def test_botnet_makes_new_codes_longer_and_hurts_no_honest_person() -> None:
    hour = await simulated(attacker=True, botnet=True)
    assert_no_honest_person_is_hurt(hour)
    assert max(hour.code_lengths) == 10


async def test_botnet_is_expected_to_win_about_a_hundredth_of_a_code_in_an_hour() -> None:
    """As if every code of the hour had eight letters; tests of a year are in ``test_code_attempts.py``."""
    hour = await simulated(attacker=True, botnet=True)
    assert expected_hits(hour.guesses.total(), LIVE_CODES, 8) < 0.015
