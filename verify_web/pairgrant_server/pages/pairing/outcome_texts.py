"""The words for every end that a pairing can come to; pure, so that each can be read and tested by itself."""

from dataclasses import dataclass, field
from typing import Literal, assert_never

from pairgrant_protocol.device_grant import GrantStatus
from pairgrant_protocol.visible_text import visible
from pairgrant_server.authorization_server.device_flow.device_flow import DeviceGrant


@dataclass(frozen=True, slots=True)
class Outcome:
    """``mood`` picks the picture and the colours; ``leads_to`` is where ``link`` goes."""

    mood: Literal["good", "passing", "plain"]
    title: str
    text: str
    link: str | None = None
    leads_to: str = "/device"
    return_pin: str | None = field(default=None, repr=False)

    @property
    def is_passing(self) -> bool:
        """Whether there is more to come by itself."""
        return self.mood == "passing"


_EXPIRED = Outcome(
    "plain",
    "This code has expired",
    "Nothing was connected. Your device shows a new code, or a way to get one: enter that one.",
    "Enter the new code",
)
_DENIED = Outcome(
    "plain",
    "Denied",
    "Nothing was connected, and the device has been told. If you did not start this, that is all there is to do.",
)
_TAKEN = Outcome(
    "plain",
    "Someone else answered",
    "This code was used with another account. If that surprises you, ask for a new code on your device.",
    "Enter the new code",
)
_PIN_LOST = Outcome(
    "plain",
    "Too many wrong digits",
    "The device was told wrong digits three times, so nothing was connected. If it was not you who typed them, someone "
    "else started this: then leave it at that. Otherwise start again on the device.",
    "Enter the new code",
)
_NOT_FETCHED = Outcome(
    "plain",
    "Your device did not finish",
    "You approved, but the device did not come back in time, so it is not connected. Start again on the device.",
    "Enter the new code",
)


def outcome_of(
    grant: DeviceGrant,
    *,
    name: str,
    is_mine: bool,
    is_removed: bool,
    now: float,
    return_pin: str | None = None,
    is_pin_lost: bool = False,
) -> Outcome:
    """What the person who looked this code up is told; ``is_mine``: they decided it themselves.

    ``return_pin``: the digits that the device waits for; ``is_pin_lost``: it was told wrong ones too often.
    ``is_removed``: it was connected, and has been disconnected since. ``now`` is Unix time in seconds.
    """
    shown = visible(name)
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
        case GrantStatus.APPROVED if is_pin_lost:
            return _PIN_LOST
        case GrantStatus.APPROVED if return_pin is not None:
            text = f"Type these digits on {shown}, the device in front of you. Never tell them to anyone."
            return Outcome("passing", "One more step", text, return_pin=return_pin)
        case GrantStatus.APPROVED:
            return Outcome("passing", "Approved", f"Finishing on {shown}. This takes a few seconds.")
        case GrantStatus.REDEEMED if is_removed:
            return Outcome("plain", f"{shown} was removed", "It was connected, and is signed out again.")
        case GrantStatus.REDEEMED:
            text = "You can put this away and go on at the device."
            return Outcome("good", f"{shown} is connected", text, "Your devices", "/devices")
        case never:
            assert_never(never)
