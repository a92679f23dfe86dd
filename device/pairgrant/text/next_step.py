"""When plain text goes on by itself, and how a person at the terminal goes on at once."""

from collections.abc import Callable
from dataclasses import dataclass

from pairgrant.sign_in.retry_now import RetryNow
from pairgrant.translation import gettext
from pairgrant.ui_texts import about


@dataclass(frozen=True, slots=True)
class NextStep:
    """``can_enter`` says whether a person can press Enter."""

    retry: RetryNow
    can_enter: Callable[[], bool]

    @property
    def times(self) -> int:
        """How often a person has asked: what follows is printed even if it was before."""
        return self.retry.times

    def text(self, wait: float | None) -> str:
        """What comes next after a failure; empty if nothing does. ``wait`` in seconds."""
        if wait is None:
            return ""
        if wait <= 0:
            return gettext("Requesting a code …")
        now = " " + gettext("Press Enter to try now.") if self.can_enter() else ""
        return gettext("Next try in {time}.", time=about(wait)) + now

    def code_now(self) -> str:
        """How to get a code before the next one comes."""
        return " " + gettext("Press Enter to get one now.") if self.can_enter() else ""
