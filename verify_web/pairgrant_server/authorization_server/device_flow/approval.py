"""Who may approve a device, and for what: a client's policy on approvals, step (D).

A page shows these terms, and ``PairingDecisions`` enforces them, so that every front end is held to the same
policy. Pure: the evidence comes from ``PairingEvidence``, and ``risk`` weighs it.
"""

from collections.abc import Collection
from dataclasses import field
from enum import StrEnum
from itertools import filterfalse

from pairgrant_protocol.record import record
from pairgrant_server.authorization_server.limits.network import is_known, is_same_network
from pairgrant_server.authorization_server.model.approval_hold import ApprovalHold
from pairgrant_server.authorization_server.model.client_policy import ClientPolicy
from pairgrant_server.authorization_server.model.records import DeviceGrant
from pairgrant_server.authorization_server.risk.assessment import Assessment, Reason
from pairgrant_server.authorization_server.risk.evidence import Network
from pairgrant_server.authorization_server.risk.profile import Decision
from pairgrant_server.errors import PairgrantServerError

HOLD_SECONDS = 20
"""An approval on weak evidence takes effect only then, and can be undone before."""

CONFIRM_SECONDS = 120
"""After the device has its tokens, a person whose evidence was weak has so long to confirm it."""

_FETCH_SECONDS = 10
"""What a device needs after a hold to fetch its tokens before its code expires."""


class PolicyViolation(StrEnum):
    OTHER_NETWORK = "other_network"
    """The policy requires that the person is on the device's own network."""
    UNKNOWN_NETWORK = "unknown_network"
    """The same, and the server can't tell the network of one of them (``PAIRGRANT_TRUSTED_PROXIES``)."""
    REQUIRED_SCOPE = "required_scope"
    """A scope was declined that the policy does not make optional."""
    NUMBER_MISSING = "number_missing"
    """The number that the device shows has to be typed."""
    WRONG_NUMBER = "wrong_number"
    """Another number was typed, which has denied the grant."""
    WRONG_LABEL = "wrong_label"
    """The label of the device was not entered, or is another one."""
    CODE_NOT_TYPED = "code_not_typed"
    """A link brought the code, and the person has to type it."""
    WEAK_EVIDENCE = "weak_evidence"
    """The client's profile refuses an approval on this evidence."""
    TOO_LATE = "too_late"
    """The code expires before the approval could take effect."""


class ApprovalRefusedError(PairgrantServerError):
    """The client's policy does not allow this approval.

    The grant stays pending, unless a wrong number has denied it.
    """

    def __init__(self, violations: tuple[PolicyViolation, ...]) -> None:
        super().__init__(f"the client's policy does not allow this approval: {', '.join(violations)}")
        self.violations = violations


@record
class ApprovalTerms:
    """What a client's policy says about the approval of one grant by one viewer."""

    required_scope: tuple[str, ...]
    """The requested scopes that come with every approval."""
    optional_scope: tuple[str, ...]
    """The requested scopes that the person may decline."""
    requires_same_network: bool
    is_same_network: bool
    knows_networks: bool
    """False if forwarding headers make it unknown where the device or the person is."""
    requires_return_pin: bool
    """The device gets tokens only after the person has typed on it what the approving side shows."""
    assessment: Assessment
    foreseen: Assessment
    """The same once the right number is typed, where one is asked for: what the person can expect."""
    withheld_scope: tuple[str, ...] = ()
    """The requested scopes that need stronger evidence, and are left out."""
    requires_label: bool = False
    """The person has to enter the device's label."""
    connection_lifetime: int | None = None
    """Seconds; shorter than the client's own, because the evidence is weak. None: the client's own."""
    network: Network = Network.UNKNOWN
    """Where the person's browser is, seen from the device."""

    @property
    def allows_network(self) -> bool:
        return self.is_same_network or not self.requires_same_network

    @property
    def asks_number(self) -> bool:
        return self.assessment.decision is Decision.ASK_NUMBER

    @property
    def holds(self) -> bool:
        """Whether the approval will take effect only after a hold."""
        return self.foreseen.decision is Decision.HOLD

    @property
    def reasons(self) -> tuple[Reason, ...]:
        return self.assessment.reasons

    @property
    def may_approve(self) -> bool:
        """Whether the person can approve now, perhaps with a number or a label."""
        return self.allows_network and self.assessment.decision not in {Decision.REFUSE, Decision.ASK_CODE}

    def hold(self, now: float) -> ApprovalHold:
        """What an approval at ``now`` comes with."""
        if not self.holds:
            return ApprovalHold(connection_lifetime=self.connection_lifetime)
        confirm_within = CONFIRM_SECONDS if self.foreseen.must_confirm else None
        return ApprovalHold(now + HOLD_SECONDS, confirm_within, self.connection_lifetime)


@record
class Approval:
    """An approval that took effect, or does after a hold."""

    return_pin: str | None = field(default=None, repr=False)
    """The digits to show to the person who approved; None if the policy requires none."""
    overridden: tuple[PolicyViolation, ...] = ()
    """The rules of the policy that an operator overrode."""
    held_until: float | None = None
    """Unix time in seconds."""


def approval_terms(
    grant: DeviceGrant,
    policy: ClientPolicy,
    network: str | None,
    assessment: Assessment,
    foreseen: Assessment,
    *,
    relation: Network = Network.UNKNOWN,
) -> ApprovalTerms:
    """The terms for a person on ``network`` (see ``network_of``); None: an operator, who is on none.

    ``relation`` is that of the evidence.
    """
    strong = foreseen.strong
    withheld = () if strong else _within(policy.strong_scope, grant.scope)
    given = _without(withheld, grant.scope)
    return ApprovalTerms(
        required_scope=_without(policy.optional_scope, given),
        optional_scope=_within(policy.optional_scope, given),
        requires_same_network=policy.requires_same_network,
        is_same_network=network is not None and is_same_network(grant.address, network),
        knows_networks=is_known(grant.address) and (network is None or is_known(network)),
        requires_return_pin=policy.requires_return_pin,
        assessment=assessment,
        foreseen=foreseen,
        withheld_scope=withheld,
        requires_label=policy.requires_device_label and network is not None,
        connection_lifetime=None if strong else policy.weak_connection_lifetime,
        network=relation,
    )


def _within(some: tuple[str, ...], scope: tuple[str, ...]) -> tuple[str, ...]:
    """The values of ``scope`` that are among ``some``; most policies name none."""
    return tuple(filter(some.__contains__, scope)) if some else ()


def _without(some: tuple[str, ...], scope: tuple[str, ...]) -> tuple[str, ...]:
    """The other values of ``scope``."""
    return tuple(filterfalse(some.__contains__, scope)) if some else scope


_UNMET: dict[Decision, PolicyViolation | None] = {
    Decision.ALLOW: None,
    Decision.HOLD: None,
    Decision.REFUSE: PolicyViolation.WEAK_EVIDENCE,
    Decision.ASK_CODE: PolicyViolation.CODE_NOT_TYPED,
    Decision.ASK_NUMBER: PolicyViolation.NUMBER_MISSING,
}
"""What an approval breaks while the decision on its evidence is this one."""


def is_label(grant: DeviceGrant, label: str | None) -> bool:
    """Whether the person entered the label that the device sent; case and spaces don't count."""
    return bool(grant.device_label) and _folded(label or "") == _folded(grant.device_label or "")


def _folded(label: str) -> str:
    return "".join(label.casefold().split())


def violations_of(
    terms: ApprovalTerms, declined_scope: Collection[str], *, has_label: bool = True
) -> tuple[PolicyViolation, ...]:
    """The rules that an approval without ``declined_scope`` would break; () if the policy allows it.

    ``has_label``: the person entered the label that the device sent.
    """
    broken = []
    if not terms.allows_network:
        broken.append(
            PolicyViolation.OTHER_NETWORK if terms.knows_networks else PolicyViolation.UNKNOWN_NETWORK
        )
    if declined_scope and not set(declined_scope).isdisjoint(terms.required_scope):
        broken.append(PolicyViolation.REQUIRED_SCOPE)
    if terms.requires_label and not has_label:
        broken.append(PolicyViolation.WRONG_LABEL)
    if (unmet := _UNMET[terms.assessment.decision]) is not None:
        broken.append(unmet)
    return tuple(broken)


def ends_too_late(terms: ApprovalTerms, expires_at: float, now: float) -> bool:
    """Whether the code would expire before the device could fetch its tokens after a hold."""
    return terms.holds and now + HOLD_SECONDS + _FETCH_SECONDS > expires_at
