"""When an access token is to be refreshed, and when it is expired."""

import pytest

from pairgrant.session.token_lifetime import TokenLifetime


def of_stored(*, age: float, expires_in: int | None = 600) -> TokenLifetime:
    return TokenLifetime.of_stored(obtained_at=10_000.0, expires_in=expires_in, wall=10_000.0 + age, now=50.0)


def test_refresh_is_due_after_four_fifths_of_the_lifetime() -> None:
    lifetime = of_stored(age=0)
    assert lifetime.refresh_at == 50.0 + 480
    assert not lifetime.is_due(529.9)
    assert lifetime.is_due(530.0)


def test_token_expires_when_the_server_says() -> None:
    lifetime = of_stored(age=100)
    assert (lifetime.is_expired(549.9), lifetime.is_expired(550.0)) == (False, True)
    assert lifetime.share_left(50.0) == pytest.approx(5 / 6)
    assert lifetime.share_left(1000.0) == 0.0


def test_token_without_expiry_is_never_due() -> None:
    lifetime = of_stored(age=10**6, expires_in=None)
    assert (lifetime.is_due(1e12), lifetime.is_expired(1e12), lifetime.share_left(1e12)) == (
        False,
        False,
        1.0,
    )


def test_token_with_lifetime_zero_is_expired_at_once() -> None:
    lifetime = of_stored(age=0, expires_in=0)
    assert (lifetime.is_expired(50.0), lifetime.share_left(50.0)) == (True, 0.0)


def test_clock_set_back_makes_the_token_expired() -> None:
    assert of_stored(age=-3600).is_expired(50.0)


def test_clock_jitter_does_not_make_the_token_expired() -> None:
    lifetime = of_stored(age=-2)
    assert (lifetime.is_due(50.0), lifetime.expires_at) == (False, 650.0)
