"""Counted attempts, for rate limits."""

from collections.abc import Sequence
from typing import Protocol


class AttemptStore(Protocol):
    async def spend_attempts(self, subjects: Sequence[str], window: int, weight: int = 1) -> Sequence[int]:
        """Add ``weight`` (negative to give back) to each subject's count in ``window``; the new counts, in
        order.

        The subjects have to differ from each other.
        """

    async def attempts(self, subject: str, since: int) -> int:
        """The sum of a subject's counts in the windows that began at ``since`` or later."""
