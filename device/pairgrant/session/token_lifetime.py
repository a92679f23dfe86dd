"""When an access token is to be refreshed, and how long to wait after a refresh that failed; pure arithmetic in seconds."""

from dataclasses import dataclass
from typing import Self

REFRESH_AT = 0.8
"""The share of an access token's life after which it is refreshed."""

FIRST_BACKOFF = 5.0
LONGEST_BACKOFF = 300.0

_CLOCK_JITTER = 5.0
"""A wall clock may have been set back this far without the stored times becoming worthless."""


@dataclass(frozen=True, slots=True)
class TokenLifetime:
    """One access token's life on the caller's monotonic clock; ``expires_at`` None where the server named no end."""

    began_at: float
    expires_at: float | None

    @classmethod
    def of_stored(cls, *, obtained_at: float, expires_in: int | None, wall: float, now: float) -> Self:
        """The life of a token that was obtained at ``obtained_at`` (Unix time), seen at ``wall`` (Unix time) and ``now``.

        Where the wall clock says less than when the token was obtained it was set back, nobody knows how old the token is,
        and it counts as expired.
        """
        if expires_in is None:
            return cls(now, None)
        age = wall - obtained_at
        if age < -_CLOCK_JITTER:
            return cls(now - expires_in, now)
        began_at = now - max(age, 0.0)
        return cls(began_at, began_at + expires_in)

    @property
    def refresh_at(self) -> float | None:
        """The instant from which a fresh token is wanted; None: only when a resource server asks for it."""
        if self.expires_at is None:
            return None
        return self.began_at + REFRESH_AT * (self.expires_at - self.began_at)

    def is_due(self, now: float) -> bool:
        return self.refresh_at is not None and now >= self.refresh_at

    def is_over(self, now: float) -> bool:
        return self.expires_at is not None and now >= self.expires_at

    def share_left(self, now: float) -> float:
        """How much of the life is left, 1 to 0; 1 where it has no end."""
        if self.expires_at is None:
            return 1.0
        length = self.expires_at - self.began_at
        return min(max((self.expires_at - now) / length, 0.0), 1.0) if length > 0 else 0.0


def backoff(failures: int, retry_after: float | None) -> float:
    """Seconds to wait after the ``failures``-th failure in a row (from 1), or longer where the server asks for it."""
    doubled = min(FIRST_BACKOFF * 2.0 ** min(failures - 1, 10), LONGEST_BACKOFF)
    return max(doubled, retry_after or 0.0)
