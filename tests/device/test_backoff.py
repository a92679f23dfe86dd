"""The wait after failures in a row."""

from pairgrant.backoff import backoff


def test_backoff_doubles_up_to_five_minutes() -> None:
    assert [backoff(failures, None) for failures in (1, 2, 3, 6, 7, 1000)] == [5, 10, 20, 160, 300, 300]


def test_retry_after_can_lengthen_the_backoff_only() -> None:
    assert (backoff(1, 90.0), backoff(3, 1.0)) == (90.0, 20.0)


def test_backoff_doubles_up_to_the_given_longest_wait() -> None:
    assert [backoff(failures, None, longest=30.0) for failures in range(1, 6)] == [5, 10, 20, 30, 30]
