"""Counted attempts, for rate limits."""

from collections.abc import Sequence
from typing import Protocol


class AttemptStore(Protocol):
    async def spend_attempts(self, subjects: Sequence[str], window: int, weight: int = 1) -> Sequence[int]:
        """Add ``weight`` (negative: give back) to each subject's count in ``window``; the new counts, in order.

        The subjects are all different.
        """

    async def attempts(self, subject: str, since: int) -> int:
        """The sum of a subject's counts in the windows that began at ``since`` or later."""
