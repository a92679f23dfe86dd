"""The life cycle of keys: one key of an algorithm signs at a time, and no token outlives its key."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from joserfc.jwk import ECKey

from pairgrant_server.authorization_server.keys.key_lifecycle import (
    NOTICE,
    PROPAGATION,
    Key,
    KeyState,
    due,
    ended,
    of_algorithm,
    ordered,
    signing,
    state,
)
from pairgrant_server.authorization_server.model.lifetimes import LONGEST_ACCESS_TOKEN

NOW = 1_790_000_000.0
DAY = 86_400.0
JWK = ECKey.generate_key("P-256")


def key(kid: str, made: float, *, signs: float | None = None, algorithm: str = "ES256") -> Key:
    return Key(kid, algorithm, made, made + PROPAGATION if signs is None else signs, JWK, bytes)


FIRST = key("first", NOW - 10 * DAY, signs=NOW - 10 * DAY)
SECOND = key("second", NOW)
TURN = NOW + PROPAGATION


class TestTurns:
    def test_new_key_waits_until_every_cache_has_it(self) -> None:
        assert signing([FIRST, SECOND], TURN - 1) is FIRST
        assert signing([FIRST, SECOND], TURN) is SECOND

    def test_states_follow_one_another(self) -> None:
        def states(now: float) -> list[KeyState]:
            return [state(one, [FIRST, SECOND], now) for one in (FIRST, SECOND)]

        assert states(NOW) == [KeyState.SIGNS, KeyState.WAITS]
        assert states(TURN) == [KeyState.VERIFIES, KeyState.SIGNS]

    def test_emergency_key_signs_at_once_instead_of_the_key_before(self) -> None:
        fresh = key("fresh", NOW - 60, signs=NOW - 60)  # the very first, a minute old
        urgent = key("urgent", NOW, signs=NOW)
        assert all(signing([fresh, urgent], NOW + later) is urgent for later in (0, 300, 400, DAY))

    def test_key_that_waited_during_an_emergency_signs_later(self) -> None:
        urgent = key("urgent", NOW + 10, signs=NOW + 10)
        turns = of_algorithm([SECOND, urgent, FIRST], "ES256")
        assert signing(turns, NOW + 10) is urgent
        assert signing(turns, TURN) is SECOND

    def test_first_key_signs_if_none_has_begun(self) -> None:
        assert signing([SECOND], NOW - DAY) is SECOND

    def test_keys_are_ordered_by_when_they_begin_to_sign(self) -> None:
        rsa = key("rsa", NOW - 20 * DAY, algorithm="RS256")
        assert ordered([rsa, SECOND, FIRST]) == ordered([FIRST, rsa, SECOND]) == (FIRST, SECOND, rsa)


class TestEnd:
    END = TURN + NOTICE + LONGEST_ACCESS_TOKEN

    def test_key_can_be_removed_when_every_token_it_signed_has_expired(self) -> None:
        assert ended([FIRST, SECOND], self.END - 1) == ()
        assert ended([FIRST, SECOND], self.END) == (FIRST,)

    def test_signing_key_is_never_removed(self) -> None:
        assert ended([SECOND], NOW + 1000 * DAY) == ()

    def test_key_of_another_algorithm_does_not_end_a_key(self) -> None:
        rsa = replace(SECOND, kid="rsa", algorithm="RS256")
        assert ended([FIRST, rsa], self.END + DAY) == ()


class TestAge:
    def test_algorithm_is_due_by_the_age_of_its_latest_key(self) -> None:
        rsa = key("rsa", NOW - 100 * DAY, algorithm="RS256")
        assert due([FIRST, SECOND, rsa], NOW, 90 * DAY) == ("RS256",)
        assert due([FIRST, rsa], NOW, 9 * DAY) == ("ES256", "RS256")

    def test_rotation_of_zero_is_never_due(self) -> None:
        assert due([FIRST], NOW + 10_000 * DAY, 0) == ()


@given(
    made=st.lists(st.floats(0, 20 * DAY), min_size=1, max_size=6, unique=True),
    urgent=st.sets(st.integers(0, 5)),
    asked=st.floats(0, 60 * DAY),
    lifetime=st.integers(1, LONGEST_ACCESS_TOKEN),
)
def test_no_token_outlives_its_key(made: list[float], urgent: set[int], asked: float, lifetime: int) -> None:
    """A key is kept as long as its last token is valid, after any rotations."""
    keys = [
        key(str(number), NOW + at, signs=NOW + at if number in urgent else None)
        for number, at in enumerate(made)
    ]
    there = [one for one in keys if one.created_at <= NOW + asked] or keys[:1]
    signer = signing(of_algorithm(there, "ES256"), NOW + asked)
    assert signer not in ended(keys, NOW + asked + lifetime)
