"""The risk of one approval: what a client's rules make of the evidence, step (D). Pure."""

from dataclasses import replace
from enum import StrEnum

from pairgrant_protocol.record import record
from pairgrant_server.authorization_server.risk.evidence import (
    CameFrom,
    Entry,
    Evidence,
    Network,
    Number,
    Scan,
)
from pairgrant_server.authorization_server.risk.profile import Decision, Rules


class Reason(StrEnum):
    """Why a decision is not simply ``ALLOW``, or what an ``ALLOW`` rests on."""

    NOTHING_ASKED = "nothing_asked"
    """The rules ask for nothing, as RFC 8628."""
    OPERATOR = "operator"
    FRESH_SCAN = "fresh_scan"
    DIGITS = "digits"
    SAME_NETWORK = "same_network"
    KNOWN_DEVICE = "known_device"

    OPERATOR_NOT_ENOUGH = "operator_not_enough"
    NOT_ADMITTED = "not_admitted"
    """Neither an enrolled key nor a trusted network at the start."""
    NUMBER_REQUIRED = "number_required"
    """The device can't show one."""
    SCAN_REQUIRED = "scan_required"
    """The code has to be scanned from the screen, now."""
    CODE_NOT_TYPED = "code_not_typed"
    NUMBER_NOT_TYPED = "number_not_typed"
    NO_PROOF = "no_proof"
    """Neither digits nor a fresh scan."""
    SINGLE_PROOF = "single_proof"
    """Digits or a fresh scan, not both."""
    OTHER_NETWORK = "other_network"
    UNKNOWN_NETWORK = "unknown_network"

    SEEN_BY_OTHERS = "seen_by_others"
    REPORTED = "reported"
    HOSTING_NETWORK = "hosting_network"
    CROSS_SITE_LINK = "cross_site_link"

    FIRST_APPROVAL = "first_approval"
    """Told only: this account has not approved this client before."""
    NEW_DEVICE_NAME = "new_device_name"
    """Told only."""


@record
class Assessment:
    decision: Decision
    reasons: tuple[Reason, ...]
    strong: bool = False
    """Strong evidence: gives ``strong_scope``, and the full connection lifetime.

    An operator's is strong, also where the profile asks for ``--override-policy``.
    """
    must_confirm: bool = False
    """The approval is revoked unless the person confirms within two minutes that their screen signed in."""


def assess(evidence: Evidence, rules: Rules) -> Assessment:
    """What the client's rules (``rules_of``) make of the evidence.

    More evidence never gives a stricter decision, and what a sender leaves out never gives a looser one than
    what it stands for would.
    """
    decision, reasons = _decide(evidence, rules)
    is_approval = decision is Decision.ALLOW or decision is Decision.HOLD
    return Assessment(
        decision,
        reasons if decision is Decision.ALLOW else (*reasons, *_told(evidence)),
        strong=evidence.operator or (is_approval and _is_strong(evidence)),
        must_confirm=decision is Decision.HOLD and rules.hold_must_be_confirmed,
    )


def suspicions(evidence: Evidence) -> tuple[Reason, ...]:
    """What speaks for an attack, whatever else was proved."""
    vouched_for = evidence.enrolled or evidence.started_on_trusted_network
    found = {
        Reason.SEEN_BY_OTHERS: evidence.seen_by_others,
        Reason.REPORTED: evidence.reports > 0,
        Reason.HOSTING_NETWORK: evidence.hosting_network and not vouched_for,
        Reason.CROSS_SITE_LINK: evidence.came_from is CameFrom.CROSS_SITE
        and evidence.entry is Entry.PREFILLED,
    }
    return tuple(reason for reason, is_so in found.items() if is_so)


def allows_prefill(evidence: Evidence, rules: Rules) -> bool:
    """Whether the person may go on with a code that the link brought."""
    if evidence.entry is Entry.TYPED or rules.prefill == "always":
        return True
    if rules.prefill == "never":
        return False
    asks_number = evidence.number is not Number.NOT_POSSIBLE
    if evidence.came_from is CameFrom.CROSS_SITE:
        return asks_number
    return asks_number or evidence.is_fresh or evidence.network is Network.SAME


_Outcome = tuple[Decision, tuple[Reason, ...]]


def _decide(evidence: Evidence, rules: Rules) -> _Outcome:
    if evidence.operator:
        if rules.accepts_operator:
            return Decision.ALLOW, (Reason.OPERATOR,)
        return Decision.REFUSE, (Reason.OPERATOR_NOT_ENOUGH,)
    found, reasons = _weigh(evidence, rules)
    if evidence.entry is Entry.TYPED or (found is not Decision.REFUSE and allows_prefill(evidence, rules)):
        return found, reasons
    # No person types a code only to be refused.
    typed, reasons = _weigh(replace(evidence, entry=Entry.TYPED), rules)
    if typed is Decision.REFUSE:
        return typed, reasons
    return Decision.ASK_CODE, (Reason.CODE_NOT_TYPED, *suspicions(evidence))


def _weigh(evidence: Evidence, rules: Rules) -> _Outcome:
    against = suspicions(evidence) if rules.suspicious is not Decision.ALLOW else ()
    refused = _refusals(evidence, rules)
    if against and rules.suspicious is Decision.REFUSE:
        refused = (*refused, *against)
    if refused:
        return Decision.REFUSE, refused
    can_ask = evidence.number is Number.POSSIBLE and rules.number_match != "off"
    if rules.without_proof is Decision.ALLOW and not can_ask:
        return Decision.ALLOW, (Reason.NOTHING_ASKED,)
    if not against and (proved := _proved(evidence, rules)):
        return Decision.ALLOW, proved
    if can_ask:
        return Decision.ASK_NUMBER, (Reason.NUMBER_NOT_TYPED, *against)
    return _unasked(evidence, rules, against)


def _refusals(evidence: Evidence, rules: Rules) -> tuple[Reason, ...]:
    """What no digits can make up for."""
    admitted = evidence.enrolled or evidence.started_on_trusted_network
    has_no_number = evidence.number in {Number.NOT_POSSIBLE, Number.RETURN_PIN}
    found = {
        Reason.NOT_ADMITTED: rules.refuses_other_starts and not admitted,
        Reason.SCAN_REQUIRED: rules.fresh_scan == "required" and not evidence.is_fresh,
        Reason.NUMBER_REQUIRED: rules.number_match == "required" and has_no_number,
        _place(evidence): rules.refuses_far and not _is_near(evidence),
    }
    return tuple(reason for reason, is_so in found.items() if is_so)


def _proved(evidence: Evidence, rules: Rules) -> tuple[Reason, ...]:
    """What is enough to approve at once; () if nothing is."""
    near = _is_near(evidence)
    if evidence.has_digits and evidence.is_fresh and near:
        return (Reason.DIGITS, Reason.FRESH_SCAN, *_near(evidence))
    if rules.single_proof is not Decision.ALLOW:
        return ()
    if evidence.has_digits and near:
        return (Reason.DIGITS, *_near(evidence))
    if evidence.is_fresh and _is_beside(evidence):
        return (Reason.FRESH_SCAN, *_near(evidence))
    return ()


def _unasked(evidence: Evidence, rules: Rules, against: tuple[Reason, ...]) -> _Outcome:
    """The decision where the evidence is not enough, and nothing more can be asked for."""
    near = _is_near(evidence)
    if evidence.has_digits:
        if against:
            return rules.suspicious, against
        return (rules.single_proof, (Reason.SINGLE_PROOF,)) if near else (rules.far, (_place(evidence),))
    if evidence.is_fresh and near:
        return Decision.HOLD, (Reason.SINGLE_PROOF, *against)
    if rules.refuses_stale_scan and evidence.scan is Scan.STALE:
        return Decision.REFUSE, (Reason.SCAN_REQUIRED, *against)
    if rules.same_network_suffices and evidence.network is Network.SAME and not against:
        return Decision.ALLOW, (Reason.SAME_NETWORK,)
    elsewhere = () if near else (_place(evidence),)
    return rules.without_proof, (Reason.NO_PROOF, *elsewhere, *against)


def _is_beside(evidence: Evidence) -> bool:
    return evidence.network is Network.SAME or evidence.is_known_device


def _is_near(evidence: Evidence) -> bool:
    """Where an attacker's own device, made for this attack, is not."""
    return _is_beside(evidence) or evidence.network is Network.OPERATOR


def _near(evidence: Evidence) -> tuple[Reason, ...]:
    found = {
        Reason.SAME_NETWORK: evidence.network in {Network.SAME, Network.OPERATOR},
        Reason.KNOWN_DEVICE: evidence.is_known_device,
    }
    return tuple(reason for reason, is_so in found.items() if is_so)


def _place(evidence: Evidence) -> Reason:
    return Reason.UNKNOWN_NETWORK if evidence.network is Network.UNKNOWN else Reason.OTHER_NETWORK


def _is_strong(evidence: Evidence) -> bool:
    """Digits or a fresh scan beside a near device, and nothing suspicious."""
    proved = (evidence.has_digits and _is_near(evidence)) or (evidence.is_fresh and _is_beside(evidence))
    return proved and not suspicions(evidence)


def _told(evidence: Evidence) -> tuple[Reason, ...]:
    found = {
        Reason.FIRST_APPROVAL: evidence.earlier_approvals == 0,
        Reason.NEW_DEVICE_NAME: not evidence.known_device_name,
    }
    return tuple(reason for reason, is_so in found.items() if is_so) if not evidence.operator else ()
