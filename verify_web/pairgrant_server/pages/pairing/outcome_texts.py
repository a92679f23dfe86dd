"""The text for every way a pairing can end, as pure functions that can be read and tested alone."""

from dataclasses import dataclass, field
from typing import Literal, assert_never

from pairgrant_protocol.device_grant import GrantStatus
from pairgrant_server.authorization_server.model.records import ConnectedDevice, DeviceGrant
from pairgrant_server.pages.site.shown_name import ShownName
from pairgrant_server.translation import Translatable


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
    question: Literal["undo", "confirm"] | None = None
    """What the person can still do about it, by buttons."""
    greeting: str | None = None
    """What the device says when it is connected, where the person is asked about that."""
    seconds_left: float | None = None
    """Until the hold ends, or the reply is too late."""
    may_report: bool = False
    """Whether the person can say that they did not start this."""

    @property
    def is_passing(self) -> bool:
        """Whether the person waits for the device."""
        return self.mood == "passing"

    @property
    def may_change(self) -> bool:
        """Whether it can still change without the person."""
        return self.is_passing or self.question is not None


_EXPIRED = Outcome(
    "plain",
    Translatable("This code has expired"),
    Translatable(
        "Nothing was connected. Your device shows a new code, or a way to get one. Enter the new code."
    ),
    Translatable("Enter the new code"),
)
_DENIED = Outcome(
    "plain",
    Translatable("Denied"),
    Translatable("The device was not connected. You don't need to do anything else."),
    may_report=True,
)
_WRONG_NUMBER = Outcome(
    "plain",
    Translatable("The number was wrong, so nothing was connected"),
    Translatable(
        "There is only one try. If the device is in front of you, start again on it, and type the number "
        "that it shows then. If someone told you a number or sent you the code, they tried to sign in as "
        "you, and failed: you don't need to do anything."
    ),
    Translatable("Enter the new code"),
    may_report=True,
)
_CANCELLED = Outcome(
    "plain",
    Translatable("The device stopped waiting"),
    Translatable(
        "Nothing was connected. Someone left the screen with this code, or the device was switched off. To "
        "connect it, start again on the device, and enter the new code."
    ),
    Translatable("Enter the new code"),
    may_report=True,
)
_REPORTED = Outcome(
    "plain",
    Translatable("Denied"),
    Translatable(
        "Someone who had this code reported that they didn't start this, so nothing was connected. If it was "
        "your device, start again on it."
    ),
    Translatable("Enter the new code"),
)
_UNCONFIRMED = Outcome(
    "plain",
    Translatable("Signed out again"),
    Translatable(
        "You didn't confirm in time that your screen signed in, so the device was signed out. If it was "
        "your device, start again on it."
    ),
    Translatable("Enter the new code"),
)
_TAKEN = Outcome(
    "plain",
    Translatable("This code was already used"),
    Translatable("Another account used this code. If you didn't expect that, get a new code on your device."),
    Translatable("Enter the new code"),
)
_PIN_LOST = Outcome(
    "plain",
    Translatable("Wrong digits were entered three times"),
    Translatable(
        "For your safety the device was not connected. If it is in front of you, start again on it. If you "
        "didn't enter the digits, someone else started this, and failed: you don't need to do anything."
    ),
    Translatable("Enter the new code"),
)
_NOT_FETCHED = Outcome(
    "plain",
    Translatable("Your device did not finish"),
    Translatable(
        "You approved, but the device didn't finish in time, so it is not connected. Start again on the "
        "device."
    ),
    Translatable("Enter the new code"),
)


def outcome_of(
    grant: DeviceGrant,
    *,
    name: ShownName,
    is_mine: bool,
    now: float,
    device: ConnectedDevice | None = None,
    person: str | None = None,
    has_wrong_number: bool = False,
    has_confirmed: bool = False,
    return_pin: str | None = None,
    is_pin_exhausted: bool = False,
) -> Outcome:
    """The outcome shown to the person who looked this code up; ``is_mine``: they made the decision.

    ``device`` is what the grant became, ``person`` the name that it greets. ``has_wrong_number`` and
    ``has_confirmed`` are what this browser's arrival says. ``return_pin``: the digits that the device waits
    for; ``is_pin_exhausted``: too many were wrong. ``now`` is Unix time in seconds.
    """
    match grant.status:
        case GrantStatus.PENDING:
            return _EXPIRED
        case GrantStatus.DENIED if grant.cancelled_at is not None:
            return _CANCELLED
        case GrantStatus.DENIED if grant.user_id is None:
            return _REPORTED
        case _ if not is_mine:
            return _TAKEN
        case GrantStatus.DENIED:
            return _WRONG_NUMBER if has_wrong_number else _DENIED
        case GrantStatus.APPROVED:
            return _approved(grant, name, now, return_pin, is_pin_exhausted=is_pin_exhausted)
        case GrantStatus.REDEEMED:
            return _connected(grant, device, name, person, now, has_confirmed=has_confirmed)
        case never:
            assert_never(never)


def _approved(
    grant: DeviceGrant, name: ShownName, now: float, return_pin: str | None, *, is_pin_exhausted: bool
) -> Outcome:
    if now >= grant.expires_at:
        return _NOT_FETCHED
    if is_pin_exhausted:
        return _PIN_LOST
    title, text = (
        Translatable("Approved"),
        Translatable("Your device is finishing the sign-in. This takes a few seconds."),
    )
    seconds_left = max((grant.held_until or now) - now, 0)
    if seconds_left:
        title = Translatable("Approved, but not in effect yet")
        text = Translatable("The device is not connected yet. If it is not in front of you, choose Undo.")
    if return_pin is not None:
        title = Translatable("Enter these digits on your device")
        text = Translatable(
            "Your device asks for them now, and is connected once you have entered them there. Never tell or "
            "send them to anyone."
        )
    return Outcome(
        "passing",
        title,
        text,
        return_pin=return_pin,
        name=name,
        question="undo" if seconds_left else None,
        seconds_left=seconds_left or None,
        may_report=True,
    )


def _connected(
    grant: DeviceGrant,
    device: ConnectedDevice | None,
    name: ShownName,
    person: str | None,
    now: float,
    *,
    has_confirmed: bool,
) -> Outcome:
    deadline = None if device is None else device.confirm_by
    if deadline is not None and now >= deadline:
        return _UNCONFIRMED
    if device is None or device.has_ended(now):
        text = Translatable("It was connected, and has since been signed out.")
        return Outcome("plain", Translatable("Your device was removed"), text, name=name)
    if deadline is not None or (grant.held_until is not None and not has_confirmed):
        return Outcome(
            "plain",
            Translatable("Did your screen just sign in?"),
            Translatable(
                "Look at the device in front of you. If it doesn't greet you, a different device was "
                "connected: choose No, and that one is signed out."
            ),
            name=name,
            question="confirm",
            greeting=Translatable("Hello, {name}", name=person)
            if person and "profile" in grant.scope
            else Translatable("Hello"),
            seconds_left=None if deadline is None else deadline - now,
            may_report=True,
        )
    text = Translatable("You can close this page and continue on the device.")
    return Outcome(
        "good",
        Translatable("Your device is connected"),
        text,
        Translatable("Your devices"),
        "/devices",
        name=name,
        may_report=True,
    )
