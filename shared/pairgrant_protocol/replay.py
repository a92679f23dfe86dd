"""How long a used code or refresh token gets its lost token response again, step (F)."""

REPLAY_WINDOW = 60.0
"""Seconds after a token response in which the same caller may receive the same response again."""


def is_replayable(responded_at: float | None, now: float) -> bool:
    """Whether the response of ``responded_at`` may still have been lost; both are Unix time in seconds.

    A clock may have stepped back a little since, so the distance counts in both directions.
    """
    return responded_at is not None and abs(now - responded_at) <= REPLAY_WINDOW
