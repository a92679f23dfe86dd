"""The events of a signed-in session as lines of text."""

from pairgrant.clock import Clock
from pairgrant.events import NoticesReceived, NoticesUnavailable, SignedInEvent, UserIdentified
from pairgrant.terminal import print_err, print_out
from pairgrant.text.next_step import NextStep
from pairgrant.translation import ngettext, translated
from pairgrant.ui_texts import greeting
from pairgrant_protocol.visible_text import visible


class PlainNotices:
    """Prints events as lines; a repeated error is printed once, and again if a person asked for a retry."""

    def __init__(self, clock: Clock, next_step: NextStep) -> None:
        self._clock = clock
        self._next_step = next_step
        self._last: tuple[str, int] | None = None

    def __call__(self, event: SignedInEvent) -> None:
        match event:
            case UserIdentified(name):
                print_out(greeting(visible(name)))
            case NoticesReceived(notices):
                self._last = None
                print_out(ngettext("{count} notice:", "{count} notices:", len(notices)))
                for notice in notices:
                    print_out(f"  - {visible(notice.text)}")
            case NoticesUnavailable(reason, retry_at=retry_at):
                said = (reason, self._next_step.times)
                if said != self._last:
                    left = None if retry_at is None else retry_at - self._clock.now()
                    print_err(f"{translated(reason)} {self._next_step.text(left)}".strip())
                self._last = said
