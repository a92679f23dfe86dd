"""What a kiosk's journal says of the events of a pairing and of a signed-in session."""

from collections.abc import Callable
from typing import TypeVar

from pairgrant.events import (
    CodeDelayed,
    CodeIssued,
    NoticesReceived,
    NoticesUnavailable,
    PairingEvent,
    PollFailed,
    PollRecovered,
    SignedInEvent,
    StageReached,
)
from pairgrant.journal import Journal

Event = TypeVar("Event", PairingEvent, SignedInEvent)


def journaled(journal: Journal | None, announce: Callable[[Event], object]) -> Callable[[Event], None]:
    """``announce``, which records each event first."""

    def record(event: Event) -> None:
        if journal is not None:
            _note(journal, event)
        announce(event)

    return record


def _note(journal: Journal, event: PairingEvent | SignedInEvent) -> None:
    match event:
        case CodeIssued() | PollRecovered():
            journal.note("waiting")
        case StageReached(stage):
            journal.note("pairing", stage.value)
        case PollFailed(reason):
            journal.note("trouble", reason, is_healthy=False)
        case CodeDelayed(error):
            journal.note("trouble", f"no code: {error}", is_healthy=False)
        case NoticesReceived():
            journal.note("connected")
        case NoticesUnavailable(reason, is_final):
            journal.note("connected" if is_final else "trouble", reason, is_healthy=is_final)
