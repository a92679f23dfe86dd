"""What an attacker can still do to people of one client: each attack is put to the assessment itself.

The attacker has a device of their own, and leaves out of its request what helps them. The victim signs in,
types the code where the page asks for it, and approves. Pure.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import product
from typing import NamedTuple

from pairgrant_server.authorization_server.model.client_policy import ClientPolicy
from pairgrant_server.authorization_server.risk.assessment import Assessment, assess
from pairgrant_server.authorization_server.risk.evidence import Entry, Evidence, Network, Number, Scan
from pairgrant_server.authorization_server.risk.profile import Decision, needs_a_key, rules_of


class Outcome(StrEnum):
    """Best for the attacker first."""

    SUCCEEDS = "succeeds"
    HELD = "held"
    """It succeeds unless the person notices and undoes it within 20 s."""
    CONFIRMED = "confirmed"
    """It succeeds only if the person says that their own screen signed in."""
    NEEDS_DIGITS = "needs_digits"
    """It fails unless the attacker also talks with the victim, to pass digits on."""
    FAILS = "fails"

    @property
    def rank(self) -> int:
        return list(Outcome).index(self)


@dataclass(frozen=True, slots=True)
class Attack:
    attack_id: str
    text: str
    numbers: tuple[Number, ...]
    scans: tuple[Scan, ...]
    network: Network = Network.OTHER
    seen_by_others: bool = False
    talks: bool = False
    """The attacker is in contact with the victim, so digits are passed on."""

    @property
    def reaches_many(self) -> bool:
        """Whether it needs neither contact with the victim nor a device in the victim's network."""
        return not self.talks and self.network is Network.OTHER


_UNTYPED = (Number.NOT_POSSIBLE, Number.POSSIBLE)
_RELAYED = (Number.NOT_POSSIBLE, Number.MATCHED)

ATTACKS = (
    Attack(
        "sent_before",
        "A code or link is sent by mail or chat, and opened minutes later",
        _UNTYPED,
        (Scan.NOT_POSSIBLE, Scan.STALE),
    ),
    Attack(
        "made_on_click",
        "The attacker's page makes the code when the victim clicks, and leads to this server at once",
        _UNTYPED,
        tuple(Scan),
    ),
    Attack(
        "live_relay",
        "The attacker talks with the victim, or relays everything that the attacker's screen shows",
        _RELAYED,
        tuple(Scan),
        talks=True,
    ),
    Attack(
        "relay_on_shared_network",
        "The same, and the attacker's device shares the victim's network (VPN, carrier's NAT, office)",
        _RELAYED,
        tuple(Scan),
        network=Network.SAME,
        talks=True,
    ),
    Attack(
        "sent_on_shared_network",
        "A code or link is sent by mail, and the attacker's device shares the victim's network",
        _UNTYPED,
        (Scan.NOT_POSSIBLE, Scan.STALE),
        network=Network.SAME,
    ),
    Attack(
        "code_for_many",
        "One code is sent to many people, and one of them approves after another has looked it up",
        _UNTYPED,
        (Scan.NOT_POSSIBLE, Scan.STALE),
        seen_by_others=True,
    ),
)


class Remaining(NamedTuple):
    attack: Attack
    outcome: Outcome


def remaining_attacks(policy: ClientPolicy) -> tuple[Remaining, ...]:
    """Every attack with its outcome under the client's rules."""
    return tuple(Remaining(attack, _outcome(attack, policy)) for attack in ATTACKS)


def _outcome(attack: Attack, policy: ClientPolicy) -> Outcome:
    is_inside = attack.network is Network.SAME
    if needs_a_key(policy) or ((policy.trusted_networks or policy.requires_same_network) and not is_inside):
        return Outcome.FAILS
    found = (assess(evidence, rules_of(policy)) for evidence in _evidences(attack, policy))
    return min(_outcomes(found, attack, policy), key=lambda outcome: outcome.rank)


def _evidences(attack: Attack, policy: ClientPolicy) -> Iterator[Evidence]:
    rules = rules_of(policy)
    for number, scan, entry in product(attack.numbers, attack.scans, Entry):
        asked = {Number.NOT_POSSIBLE} if rules.number_match == "off" else {Number.NOT_POSSIBLE, number}
        if number in asked and (scan is Scan.NOT_POSSIBLE or rules.fresh_scan != "off"):
            yield Evidence(
                number=_with_pin(number, policy),
                scan=scan,
                network=attack.network,
                entry=entry,
                started_on_trusted_network=bool(policy.trusted_networks),
                seen_by_others=attack.seen_by_others,
            )


def _with_pin(number: Number, policy: ClientPolicy) -> Number:
    takes_pin = policy.requires_return_pin and number is not Number.MATCHED
    return Number.RETURN_PIN if takes_pin and rules_of(policy).number_match != "required" else number


def _outcomes(found: Iterable[Assessment], attack: Attack, policy: ClientPolicy) -> Iterator[Outcome]:
    for assessment in found:
        match assessment.decision:
            case Decision.REFUSE:
                yield Outcome.FAILS
            case Decision.ASK_NUMBER | Decision.ASK_CODE:
                yield Outcome.NEEDS_DIGITS
            case _ if policy.requires_return_pin and not attack.talks:
                yield Outcome.NEEDS_DIGITS
            case Decision.HOLD:
                yield Outcome.CONFIRMED if assessment.must_confirm else Outcome.HELD
            case _:
                yield Outcome.SUCCEEDS
