"""The words for each reason of an assessment, as the person at the consent page reads it."""

from collections.abc import Collection, Iterable

from pairgrant_server.authorization_server.risk.assessment import Reason
from pairgrant_server.translation import Translatable

REASON_TEXTS: dict[Reason, str] = {
    Reason.NOTHING_ASKED: Translatable("This application asks for no further check."),
    Reason.OPERATOR: Translatable("The operator of this site approves it."),
    Reason.FRESH_SCAN: Translatable("You scanned the code from the screen just now."),
    Reason.DIGITS: Translatable("The digits on the device and on this page were compared."),
    Reason.SAME_NETWORK: Translatable(
        "The device is on your network, or on one that the operator of this site trusts."
    ),
    Reason.KNOWN_DEVICE: Translatable(
        "You have connected this device before, or the operator of this site enrolled it."
    ),
    Reason.OPERATOR_NOT_ENOUGH: Translatable(
        "Approval by the operator alone is not enough for this application."
    ),
    Reason.NOT_ADMITTED: Translatable(
        "This application connects only devices that the operator enrolled, or that are on "
        "a network that the operator trusts."
    ),
    Reason.NUMBER_REQUIRED: Translatable(
        "This application connects only devices that can show a number. This one can't."
    ),
    Reason.SCAN_REQUIRED: Translatable(
        "The code has to be scanned from the device's own screen. Scan it again now, and continue at once."
    ),
    Reason.CODE_NOT_TYPED: Translatable(
        "A link brought the code. Type the code that your device shows instead."
    ),
    Reason.NUMBER_NOT_TYPED: Translatable("The number that your device shows is still missing."),
    Reason.NO_PROOF: Translatable("Nothing proves that the device is in front of you."),
    Reason.SINGLE_PROOF: Translatable(
        "This application asks for more proof that the device is in front of you."
    ),
    Reason.OTHER_NETWORK: Translatable("The device is on a different network than you."),
    Reason.UNKNOWN_NETWORK: Translatable("This site can't tell which network the device or you are on."),
    Reason.SEEN_BY_OTHERS: Translatable("Someone else has entered this code too."),
    Reason.REPORTED: Translatable("Other people have reported this sender in the last 24 hours."),
    Reason.HOSTING_NETWORK: Translatable(
        "The request comes from a data center, not from a home or an office."
    ),
    Reason.CROSS_SITE_LINK: Translatable("Another site led you here."),
    Reason.FIRST_APPROVAL: Translatable("You have never connected this application."),
    Reason.NEW_DEVICE_NAME: Translatable("You haven't connected a device with this name before."),
}


_NOTES = frozenset({Reason.FIRST_APPROVAL, Reason.NEW_DEVICE_NAME})
"""Told for what they are worth; none is a cause of the decision."""


def cause_texts(reasons: Iterable[Reason]) -> tuple[str, ...]:
    """Why an approval is refused or on hold."""
    return tuple(REASON_TEXTS[reason] for reason in reasons if reason not in _NOTES)


def note_texts(reasons: Collection[Reason], device_name: str | None) -> tuple[str, ...]:
    """What else is worth knowing; a new name is news only for a person with earlier devices."""
    if Reason.FIRST_APPROVAL in reasons:
        return (REASON_TEXTS[Reason.FIRST_APPROVAL],)
    is_news = Reason.NEW_DEVICE_NAME in reasons and device_name
    return (REASON_TEXTS[Reason.NEW_DEVICE_NAME],) if is_news else ()
