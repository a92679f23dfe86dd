"""When an access token expires and when it is to be refreshed; pure arithmetic in seconds."""

from dataclasses import dataclass
from typing import Self

REFRESH_AT = 0.8
"""The share of an access token's lifetime after which it is refreshed."""

_CLOCK_TOLERANCE = 5.0
"""Seconds that the wall clock may be set back before the age of a stored token counts as unknown."""


@dataclass(frozen=True, slots=True)
class TokenLifetime:
    """One access token's lifetime on the caller's monotonic clock; ``expires_at`` is None if the server named
    none.
    """

    began_at: float
    expires_at: float | None

    @classmethod
    def of_stored(cls, *, obtained_at: float, expires_in: int | None, wall: float, now: float) -> Self:
        """The lifetime of a token obtained at ``obtained_at``, when the clocks show ``wall`` and ``now``.

        ``obtained_at`` and ``wall`` are Unix time, ``now`` is monotonic. If the wall clock was set back to
        before ``obtained_at``, the age of the token is unknown and it counts as expired.
        """
        if expires_in is None:
            return cls(now, None)
        age = wall - obtained_at
        if age < -_CLOCK_TOLERANCE:
            return cls(now - expires_in, now)
        began_at = now - max(age, 0.0)
        return cls(began_at, began_at + expires_in)

    @property
    def refresh_at(self) -> float | None:
        """The instant from which a refresh is due; None if only a rejected request can tell."""
        if self.expires_at is None:
            return None
        return self.began_at + REFRESH_AT * (self.expires_at - self.began_at)

    def is_due(self, now: float) -> bool:
        return self.refresh_at is not None and now >= self.refresh_at

    def is_expired(self, now: float) -> bool:
        return self.expires_at is not None and now >= self.expires_at

    def lasts(self, now: float, seconds: float) -> bool:
        """Whether the token is valid for ``seconds`` more."""
        return self.expires_at is None or self.expires_at - now >= seconds

    def share_left(self, now: float) -> float:
        """The share of the lifetime that is left, 1 to 0; 1 without an expiry."""
        if self.expires_at is None:
            return 1.0
        length = self.expires_at - self.began_at
        return min(max((self.expires_at - now) / length, 0.0), 1.0) if length > 0 else 0.0
