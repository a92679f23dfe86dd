"""When a token is refreshed, and how long to wait after a refresh that failed."""

import pytest

from pairgrant.backoff import backoff
from pairgrant.session.token_lifetime import TokenLifetime


def of_stored(*, age: float, expires_in: int | None = 600) -> TokenLifetime:
    return TokenLifetime.of_stored(obtained_at=10_000.0, expires_in=expires_in, wall=10_000.0 + age, now=50.0)


def test_a_refresh_is_due_after_four_fifths_of_the_life() -> None:
    life = of_stored(age=0)
    assert life.refresh_at == 50.0 + 480
    assert not life.is_due(529.9)
    assert life.is_due(530.0)


def test_the_end_is_where_the_server_put_it() -> None:
    life = of_stored(age=100)
    assert (life.is_expired(549.9), life.is_expired(550.0)) == (False, True)
    assert life.share_left(50.0) == pytest.approx(5 / 6)
    assert life.share_left(1000.0) == 0.0


def test_a_token_without_an_end_is_never_due() -> None:
    life = of_stored(age=10**6, expires_in=None)
    assert (life.is_due(1e12), life.is_expired(1e12), life.share_left(1e12)) == (False, False, 1.0)


def test_a_token_that_lives_no_time_is_over_at_once() -> None:
    life = of_stored(age=0, expires_in=0)
    assert (life.is_expired(50.0), life.share_left(50.0)) == (True, 0.0)


def test_a_clock_that_was_set_back_makes_the_token_worthless_not_eternal() -> None:
    assert of_stored(age=-3600).is_expired(50.0)


def test_a_clock_that_jitters_does_not() -> None:
    life = of_stored(age=-2)
    assert (life.is_due(50.0), life.expires_at) == (False, 650.0)


def test_waits_double_up_to_five_minutes() -> None:
    assert [backoff(failures, None) for failures in (1, 2, 3, 6, 7, 1000)] == [5, 10, 20, 160, 300, 300]


def test_a_server_may_ask_for_longer_but_not_for_shorter() -> None:
    assert (backoff(1, 90.0), backoff(3, 1.0)) == (90.0, 20.0)
