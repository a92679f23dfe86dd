"""How long to wait after failures in a row: for refreshes, the notice board and the codes of a kiosk; pure
arithmetic in seconds.
"""

FIRST_BACKOFF = 5.0
LONGEST_BACKOFF = 300.0


def backoff(failures: int, retry_after: float | None, *, longest: float = LONGEST_BACKOFF) -> float:
    """Seconds to wait after the ``failures``-th failure in a row (from 1).

    The wait doubles up to ``longest``, and is longer only where the server asks for it with ``retry_after``.
    """
    doubled = min(FIRST_BACKOFF * 2.0 ** min(failures - 1, 10), longest)
    return max(doubled, retry_after or 0.0)


def spread(wait: float, chance: float) -> float:
    """``wait``, up to a quarter longer by ``chance`` (0 to 1): devices that lost the same server don't return
    together.
    """
    return wait * (1 + chance / 4)
