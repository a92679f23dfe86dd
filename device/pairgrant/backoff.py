"""How long to wait after failures in a row, for refreshes and for the notice board; pure arithmetic in
seconds.
"""

FIRST_BACKOFF = 5.0
LONGEST_BACKOFF = 300.0


def backoff(failures: int, retry_after: float | None, *, longest: float = LONGEST_BACKOFF) -> float:
    """Seconds to wait after the ``failures``-th failure in a row (from 1).

    The wait doubles up to ``longest``, and is longer only where the server asks for it with ``retry_after``.
    """
    doubled = min(FIRST_BACKOFF * 2.0 ** min(failures - 1, 10), longest)
    return max(doubled, retry_after or 0.0)
