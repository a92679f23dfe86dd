"""A change of the system's clock never extends an expiry."""

from pairgrant_server.authorization_server.clock import SteadyClock


class Hands:
    """A wall clock and a monotonic clock, set by hand."""

    wall = 1_790_000_000.0
    monotonic = 50.0

    def pass_by(self, seconds: float) -> None:
        self.wall += seconds
        self.monotonic += seconds


def test_clock_that_is_set_back_never_runs_backwards() -> None:
    hands = Hands()
    clock = SteadyClock(lambda: hands.wall, lambda: hands.monotonic)
    hands.pass_by(10)
    hands.wall -= 3600
    hands.pass_by(5)
    assert clock() == 1_790_000_015.0


def test_clock_that_is_set_forward_is_followed_at_once() -> None:
    hands = Hands()
    clock = SteadyClock(lambda: hands.wall, lambda: hands.monotonic)
    hands.wall += 3600
    assert clock() == 1_790_003_600.0
    hands.wall -= 3600
    hands.pass_by(5)
    assert clock() == 1_790_003_605.0
