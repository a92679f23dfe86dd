"""What is known when a person approves a device: one record, without judgement.

The attacker writes the device's request and can leave anything out of it. So each value that stands for "left
out" is the weakest of its kind.
"""

from enum import StrEnum

from pairgrant_protocol.record import record
from pairgrant_server.authorization_server.risk.profile import Rules


class Number(StrEnum):
    """Number match: two digits that the device shows are typed on the phone."""

    NOT_POSSIBLE = "not_possible"
    """The device doesn't say that it can show a number, or the rules don't ask for one."""
    POSSIBLE = "possible"
    """Not typed yet."""
    MATCHED = "matched"
    RETURN_PIN = "return_pin"
    """The other way round: digits that the phone shows are typed on the device before it gets tokens."""


class Scan(StrEnum):
    """The browser opened a link with a proof of its age."""

    NOT_POSSIBLE = "not_possible"
    """The device doesn't say that its QR code changes, or the rules don't ask for it."""
    STALE = "stale"
    """The proof is missing or more than 45 s old."""
    FRESH = "fresh"


class Network(StrEnum):
    """Where the browser is, seen from the device."""

    SAME = "same"
    OPERATOR = "operator"
    """Another one, and both are in the client's ``trusted_networks``."""
    OTHER = "other"
    UNKNOWN = "unknown"
    """Forwarding headers make it unknown where one of them is; judged as another network."""


class Entry(StrEnum):
    """How the code got onto the page."""

    TYPED = "typed"
    PREFILLED = "prefilled"
    """By the link."""


class CameFrom(StrEnum):
    """``Sec-Fetch-Site`` of the entry page."""

    DIRECT = "direct"
    """A camera, a keyboard, or a link in another program."""
    CROSS_SITE = "cross_site"
    UNKNOWN = "unknown"
    """The browser doesn't say; judged as ``DIRECT``, which proves nothing either."""


@record
class Evidence:
    number: Number = Number.NOT_POSSIBLE
    scan: Scan = Scan.NOT_POSSIBLE
    network: Network = Network.UNKNOWN
    entry: Entry = Entry.PREFILLED
    came_from: CameFrom = CameFrom.UNKNOWN
    known_key: bool = False
    """The device proved a key that this account has approved before."""
    enrolled: bool = False
    """The device proved a key that the operator enrolled."""
    started_on_trusted_network: bool = False
    """The device is in the client's ``trusted_networks``, wherever the browser is."""
    known_device_name: bool = False
    """The account has a device of this name. Told, and never counted: the sender chooses the name."""
    earlier_approvals: int = 0
    """Of this client by this account. Told, and never counted: the sender chooses the client."""
    seen_by_others: bool = False
    """Another account or browser has looked the code up."""
    reports: int = 0
    """People who said "I didn't start this" of this sender's network or key within the day (``weight``)."""
    hosting_network: bool = False
    """The device is in a network of a hosting provider."""
    operator: bool = False
    """The operator approves from the command line, and nothing else is known."""

    @property
    def is_known_device(self) -> bool:
        return self.known_key or self.enrolled

    @property
    def has_digits(self) -> bool:
        """Digits were compared by typing them, or will be before the device gets tokens."""
        return self.number in {Number.MATCHED, Number.RETURN_PIN}

    @property
    def is_fresh(self) -> bool:
        """The browser saw a living screen, or the page of someone who did; not if another site led here."""
        return self.scan is Scan.FRESH and self.came_from is not CameFrom.CROSS_SITE


def number_state(rules: Rules, *, can_show: bool, is_matched: bool, has_return_pin: bool) -> Number:
    """The number's part of the evidence; a return PIN takes its place unless the rules require a number."""
    if is_matched:
        return Number.MATCHED
    if has_return_pin and rules.number_match != "required":
        return Number.RETURN_PIN
    return Number.POSSIBLE if can_show and rules.number_match != "off" else Number.NOT_POSSIBLE


def scan_state(rules: Rules, *, can_show: bool, is_fresh: bool) -> Scan:
    """The scan's part of the evidence."""
    if not can_show or rules.fresh_scan == "off":
        return Scan.NOT_POSSIBLE
    return Scan.FRESH if is_fresh else Scan.STALE
