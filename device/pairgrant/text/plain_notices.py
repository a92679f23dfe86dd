"""The events of a signed-in session as lines of text."""

from pairgrant.events import NoticesReceived, NoticesUnavailable, SignedInEvent, UserIdentified
from pairgrant.terminal import print_err, print_out
from pairgrant.ui_texts import greeting
from pairgrant_protocol.visible_text import visible


class PlainNotices:
    """Prints events as lines; a repeated error is printed once."""

    def __init__(self) -> None:
        self._last_reason: str | None = None

    def __call__(self, event: SignedInEvent) -> None:
        match event:
            case UserIdentified(name):
                print_out(greeting(visible(name)))
            case NoticesReceived(notices):
                self._last_reason = None
                print_out(f"Notices ({len(notices)}):")
                for notice in notices:
                    print_out(f"  - {visible(notice.text)}")
            case NoticesUnavailable(reason):
                if reason != self._last_reason:
                    print_err(reason)
                self._last_reason = reason
