"""Who is hurt when codes and passwords are guessed: no honest person, and no one but the guesser."""

import random
from enum import Enum

import pytest

from pairgrant_server.authorization_server.limits.code_attempts import PER_NETWORK
from pairgrant_server.authorization_server.limits.code_length import expected_hits
from tests.authorization_server.limits.simulated_hour import (
    ATTACKER,
    BOTS,
    OFFICE,
    Hour,
    Person,
    attack,
    office,
    people,
    school,
)

SEED = 8628
LIVE_CODES = 10_000
VICTIM = "office-0"
"""Signs in with a new browser, on the network of the colleague who guesses the password."""


def everyone() -> list[Person]:
    chance = random.Random(SEED)
    return [*office(chance), *school(chance)]


class Cast(Enum):
    """Who attacks in an hour, beside the honest people."""

    NO_ONE = "no one"
    ATTACKER = "one network"
    BOTNET = "one network and a botnet"
    COLLEAGUE = "someone in the office, one name"
    COLLEAGUE_AT_ALL = "someone in the office, everyone's names"


_HOURS: dict[Cast, Hour] = {}
"""Each kind of hour is played once, because it is the same each time."""


async def simulated(cast: Cast = Cast.NO_ONE) -> Hour:
    if cast not in _HOURS:
        _HOURS[cast] = await _played(cast)
    return _HOURS[cast]


async def _played(cast: Cast) -> Hour:
    hour, honest, chance = Hour(), everyone(), random.Random(SEED + 1)
    people(hour, honest)
    names = [person.name for person in honest]
    if cast in {Cast.ATTACKER, Cast.BOTNET}:
        attack(hour, ATTACKER, [names[0]], every=1, chance=chance)
    if cast is Cast.BOTNET:
        for number, network in enumerate(BOTS):
            # Half of the networks try one person's password, the others everyone's.
            attack(hour, network, [names[0]] if number % 2 else names, every=60, chance=chance)
    if cast is Cast.COLLEAGUE:
        attack(hour, OFFICE, [VICTIM], every=1, chance=chance)
    if cast is Cast.COLLEAGUE_AT_ALL:
        attack(hour, OFFICE, names, every=1, chance=chance)
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
    alone, attacked = await simulated(), await simulated(Cast.ATTACKER)
    assert_no_honest_person_is_hurt(attacked)
    assert attacked.code_lengths == {8}
    for person in everyone():
        before, after = alone.fates[person.name], attacked.fates[person.name]
        assert (after.forms, after.delay) == (before.forms, before.delay), person


async def test_one_attacker_gets_twenty_guesses_in_twenty_minutes() -> None:
    hour = await simulated(Cast.ATTACKER)
    assert PER_NETWORK * 3 <= hour.guesses[ATTACKER] <= PER_NETWORK * 4


async def test_botnet_makes_new_codes_longer_and_hurts_no_honest_person() -> None:
    hour = await simulated(Cast.BOTNET)
    assert_no_honest_person_is_hurt(hour)
    assert max(hour.code_lengths) == 10


async def test_botnet_is_expected_to_win_about_a_hundredth_of_a_code_in_an_hour() -> None:
    """As if every code of the hour had eight letters; tests of a year are in ``test_code_attempts.py``."""
    hour = await simulated(Cast.BOTNET)
    assert expected_hits(hour.guesses.total(), LIVE_CODES, 8) < 0.015


@pytest.mark.parametrize("cast", [Cast.COLLEAGUE, Cast.COLLEAGUE_AT_ALL])
async def test_colleague_who_guesses_makes_others_in_the_office_wait_a_second_at_most(cast: Cast) -> None:
    """Strangers there sign in before they enter a code, and that is one form more."""
    hour = await simulated(cast)
    for person in everyone():
        fate = hour.fates[person.name]
        assert fate.reached_consent, person
        assert fate.refusals == 0, person
        assert fate.delay <= 1, person
        assert fate.queue <= 1 or (cast, person.name) == (Cast.COLLEAGUE, VICTIM), person
        if person.browser is not None and person.network == OFFICE:
            assert fate.delay == 0, "a known browser is judged by itself"
        own_mistakes = person.mistypes_code + person.mistypes_password
        assert fate.forms <= 2 + own_mistakes + (person.network == OFFICE), person


async def test_right_password_gets_through_while_a_colleague_guesses_at_the_same_name() -> None:
    """In a new browser, so behind the guesses that came before; 32 wait at most, for 1.2 s each."""
    assert next(person.browser for person in everyone() if person.name == VICTIM) is None
    victim = (await simulated(Cast.COLLEAGUE)).fates[VICTIM]
    assert (victim.reached_consent, victim.refusals) == (True, 0)
    assert 1 < victim.queue <= 32 * 1.2


@pytest.mark.parametrize("cast", [Cast.COLLEAGUE, Cast.COLLEAGUE_AT_ALL])
async def test_attacker_in_the_office_changes_nothing_at_the_school(cast: Cast) -> None:
    alone, attacked = await simulated(), await simulated(cast)
    assert attacked.code_lengths == {8}
    for person in everyone():
        if person.network != OFFICE:
            before, after = alone.fates[person.name], attacked.fates[person.name]
            assert (after.forms, after.delay) == (before.forms, before.delay), person
