"""The text for every way a pairing can end, as pure functions that can be read and tested alone."""

from dataclasses import dataclass, field
from typing import Literal, assert_never

from pairgrant_protocol.device_grant import GrantStatus
from pairgrant_server.authorization_server.model.records import DeviceGrant
from pairgrant_server.pages.site.shown_name import ShownName


@dataclass(frozen=True, slots=True)
class Outcome:
    """``mood`` selects the picture and colours; ``leads_to`` is the path behind ``link``.

    ``name`` is that of the device, where the person's own decision is about it.
    """

    mood: Literal["good", "passing", "plain"]
    title: str
    text: str
    link: str | None = None
    leads_to: str = "/device"
    return_pin: str | None = field(default=None, repr=False)
    name: ShownName | None = None

    @property
    def is_passing(self) -> bool:
        """Whether the outcome will still change without the person."""
        return self.mood == "passing"


_EXPIRED = Outcome(
    "plain",
    "This code has expired",
    "Nothing was connected. Your device shows a new code, or a way to get one. Enter the new code.",
    "Enter the new code",
)
_DENIED = Outcome(
    "plain",
    "Denied",
    "The device was not connected. If you did not start this, there is nothing else to do.",
)
_TAKEN = Outcome(
    "plain",
    "Code already used",
    "This code was used with another account. If you did not expect that, get a new code on your device.",
    "Enter the new code",
)
_PIN_LOST = Outcome(
    "plain",
    "Too many wrong digits",
    "Wrong digits were entered on the device three times, so it was not connected. If that was not you, "
    "someone else started this, and there is nothing else to do. Otherwise start again on the device.",
    "Enter the new code",
)
_NOT_FETCHED = Outcome(
    "plain",
    "Your device did not finish",
    "You approved, but the device did not come back in time and is not connected. Start again on the device.",
    "Enter the new code",
)


def outcome_of(
    grant: DeviceGrant,
    *,
    name: ShownName,
    is_mine: bool,
    is_removed: bool,
    now: float,
    return_pin: str | None = None,
    is_pin_exhausted: bool = False,
) -> Outcome:
    """The outcome shown to the person who looked this code up; ``is_mine``: they made the decision.

    ``return_pin``: the digits that the device waits for; ``is_pin_exhausted``: too many were wrong.
    ``is_removed``: the device was connected and has been disconnected since. ``now`` is Unix time in seconds.
    """
    expired = now >= grant.expires_at
    match grant.status:
        case GrantStatus.PENDING:
            return _EXPIRED
        case _ if not is_mine:
            return _TAKEN
        case GrantStatus.DENIED:
            return _DENIED
        case GrantStatus.APPROVED if expired:
            return _NOT_FETCHED
        case GrantStatus.APPROVED if is_pin_exhausted:
            return _PIN_LOST
        case GrantStatus.APPROVED if return_pin is not None:
            text = "Enter these digits on the device in front of you. Never share them with anyone."
            return Outcome("passing", "One more step", text, return_pin=return_pin, name=name)
        case GrantStatus.APPROVED:
            text = "The device is finishing. This takes a few seconds."
            return Outcome("passing", "Approved", text, name=name)
        case GrantStatus.REDEEMED if is_removed:
            text = "It was connected, and has been signed out since."
            return Outcome("plain", "Your device was removed", text, name=name)
        case GrantStatus.REDEEMED:
            text = "You can close this page and continue on the device."
            return Outcome("good", "Your device is connected", text, "Your devices", "/devices", name=name)
        case never:
            assert_never(never)
