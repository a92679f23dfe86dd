"""The places for verifying passwords: no caller takes them all, and a known browser finds one."""

from pairgrant_server.accounts.password_places import Claim, Places, Turns
from pairgrant_server.authorization_server.limits.sign_in_attempts import Lane


def entered(places: Places, lane: Lane, times: int = 100, caller: str = "caller {}") -> int:
    """How many of ``times`` sign-ins get a place, each of another caller and name."""
    count = 0
    for number in range(times):
        claim = Claim(lane, caller.format(number), f"name {number}")
        if places.has_room(claim):
            places.take(claim)
            count += 1
    return count


def test_unknown_browsers_leave_a_quarter_of_the_places_to_known_ones() -> None:
    places = Places(32)
    assert entered(places, Lane.NEW) == 24
    assert entered(places, Lane.KNOWN) == 8


def test_suspect_networks_take_an_eighth_of_the_places() -> None:
    places = Places(32)
    assert entered(places, Lane.SUSPECT) == 4
    assert entered(places, Lane.NEW) == 20
    assert entered(places, Lane.KNOWN) == 8


def test_one_network_takes_a_quarter_of_the_places_and_a_suspect_one_two() -> None:
    assert entered(Places(32), Lane.NEW, caller="network") == 8
    assert entered(Places(32), Lane.SUSPECT, caller="network") == 2


def test_one_name_takes_one_place_of_a_suspect_network() -> None:
    turns: Turns[str] = Turns(32)
    assert turns.enter(Claim(Lane.SUSPECT, "office", "alice"))
    assert not turns.enter(Claim(Lane.SUSPECT, "office", "alice"))
    assert turns.enter(Claim(Lane.SUSPECT, "office", "bob"))


def test_place_is_free_again_after_leaving_and_nothing_is_kept() -> None:
    places = Places(2)
    assert entered(places, Lane.KNOWN) == 2
    for number in range(2):
        places.free(Claim(Lane.KNOWN, f"caller {number}", f"name {number}"))
    assert not places._by_caller
    assert not places._by_claim
    assert entered(places, Lane.KNOWN) == 2


def test_place_goes_to_the_next_that_waits_and_to_known_browsers_first() -> None:
    turns: Turns[str] = Turns(1)
    assert turns.enter(Claim(Lane.NEW, "school"))
    new, known = Claim(Lane.NEW, "office"), Claim(Lane.KNOWN, "browser")
    assert turns.wait(new, "new") is turns.wait(known, "known") is None
    assert turns.leave(Claim(Lane.NEW, "school")) == [(known, "known")]
    assert turns.leave(known) == [(new, "new")]
    assert turns.leave(new) == []
