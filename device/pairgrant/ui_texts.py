"""Texts for the person at the device, the same on every screen and in plain text."""

import math
import time
from typing import assert_never

from pairgrant.instants import instant
from pairgrant.translation import Translatable, gettext, ngettext
from pairgrant_protocol.sign_in_end import EndedBy, SignInEnd
from pairgrant_protocol.visible_text import visible
from pairgrant_protocol.vocabulary import PairingStage

_LONGEST_FIRST_NAME = 12

STAGES = {
    PairingStage.WAITING: Translatable("Waiting for you"),
    PairingStage.OPENED: Translatable("Phone connected"),
    PairingStage.SIGNING_IN: Translatable("Signing in"),
    PairingStage.CONFIRMING: Translatable("Confirming"),
    PairingStage.MATCHING_NUMBER: Translatable("Confirming"),
    PairingStage.ENTERING_PIN: Translatable("Approved"),
    PairingStage.FINISHING: Translatable("Finishing: your phone can still undo this"),
}

COMPARE = Translatable("Go on with your phone. It must show this code:")
SIGN_IN_FOLLOWS = Translatable("When your phone asks you to sign in, this screen says how.")
TYPE_NUMBER = Translatable("Type this number on your phone")

_BESIDE_STATUS = 16
"""Columns for the margins and the time that is left."""

_LONGEST_NAME = 40

ALREADY_SIGNED_IN = Translatable(
    "This device is signed in already. A new sign-in takes the place of that one."
)

NO_BOARD = Translatable("This server has no notice board.")
NO_NOTICES = Translatable("No notices yet. Notices that you post from your phone appear here.")

DENIED = Translatable("The request was denied on the phone. Nothing was connected.")
WRONG_DIGITS = Translatable("Too many wrong attempts. Nothing was connected.")
DENIED_IN_BROWSER = Translatable("The request was denied in the browser. Nothing was signed in.")
BROWSER_TIMED_OUT = Translatable(
    "The sign-in in the browser was not completed in time. Run the command again. "
    "If the page in the browser reports a problem with the application, "
    "use --device-code, "
    "or ask the server's operator to register http://127.0.0.1/callback for this client."
)
EXPIRED = Translatable("The code expired before it was approved. Nothing was connected.")


def greeting(name: str) -> str:
    """What a device says once it is signed in; the phone may ask the person whether it did."""
    return gettext("Hello, {name}.", name=name)


def not_this_person(name: str) -> str:
    """The key hint for somebody whom the greeting doesn't mean; a long or empty name is left out."""
    first = next(iter(visible(name).split()), "")
    if not first or len(first) > _LONGEST_FIRST_NAME:
        return gettext("Not you?")
    return gettext("Not {name}?", name=first)


def wrong_digits(tries_left: int) -> str:
    """The message after a wrong attempt."""
    return ngettext("Wrong digits. {count} try left.", "Wrong digits. {count} tries left.", tries_left)


def no_response(wait: str, since: float | None, *, width: int) -> str:
    """The status after a failed poll, in the words that fit ``width`` columns; ``since`` is Unix time."""
    if since is not None:
        whole = gettext(
            "No response since {time}. Next try in {wait}; Enter: now", time=time_of_day(since), wait=wait
        )
        if len(whole) <= width:
            return whole
    return gettext("No response; retry in {wait}", wait=wait)


def time_of_day(at: float) -> str:
    """The local time of ``at`` (Unix time), such as ``14:02``."""
    return time.strftime("%H:%M", time.localtime(at))


def minutes_and_seconds(seconds: float) -> str:
    """A countdown such as ``9:41``; never negative, and 0:00 only at the end."""
    whole = max(math.ceil(seconds), 0)
    hours, rest = divmod(whole, 3600)
    minutes, left = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{left:02}" if hours else f"{minutes}:{left:02}"


def about(seconds: float) -> str:
    """A duration in words: ``10 minutes``, ``45 seconds``."""
    whole = max(math.ceil(seconds), 0)
    if whole >= 60:
        return ngettext("{count} minute", "{count} minutes", round(whole / 60))
    return ngettext("{count} second", "{count} seconds", whole)


def address_to_type(uri: str) -> str:
    """``uri`` without what browsers add themselves: https and a trailing slash."""
    return uri.removeprefix("https://").removesuffix("/")


def ended_text(end: SignInEnd, wall: float) -> str:
    """Who or what ended the sign-in, and when; ``wall`` is Unix time."""
    time = instant(end.at, wall)
    match end.by:
        case EndedBy.USER if end.name:
            name = visible(end.name, limit=_LONGEST_NAME)
            return gettext("Signed out by {name} on their phone, {time}.", name=name, time=time)
        case EndedBy.USER:
            return gettext("Signed out on the phone, {time}.", time=time)
        case EndedBy.OPERATOR:
            return gettext("Signed out by the operator of the server, {time}.", time=time)
        case EndedBy.REPORT:
            return gettext("Signed out because someone reported this sign-in, {time}.", time=time)
        case EndedBy.UNCONFIRMED:
            return gettext("Signed out because the phone did not confirm it in time, {time}.", time=time)
        case EndedBy.REUSE:
            return gettext("Signed out because an old token was used again, {time}.", time=time)
        case EndedBy.CLIENT:
            return gettext("Signed out by a program on this device, {time}.", time=time)
        case EndedBy.EXPIRED:
            return gettext("The sign-in expired, {time}.", time=time)
        case never:
            assert_never(never)


def stored_where(location: str, *, in_keyring: bool) -> str:
    """Where the tokens of a sign-in are; ``location`` is their file."""
    if in_keyring:
        return gettext("The tokens are stored in the keyring of this account.")
    return gettext("The tokens are stored in {file}, readable only by you.", file=location)
