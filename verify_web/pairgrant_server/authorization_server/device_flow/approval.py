"""Who may approve a device, and for what: a client's policy on approvals, step (D).

A page shows these terms, and ``DeviceFlow.approve`` enforces them, so that every front end is held to the
same policy.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from enum import StrEnum

from pairgrant_server.authorization_server.limits.network import is_known, is_same_network
from pairgrant_server.authorization_server.model.client_policy import ClientPolicy
from pairgrant_server.authorization_server.model.records import DeviceGrant
from pairgrant_server.errors import PairgrantServerError


class PolicyViolation(StrEnum):
    OTHER_NETWORK = "other_network"
    """The policy requires that the person is on the device's own network."""
    UNKNOWN_NETWORK = "unknown_network"
    """The same, and the server can't tell the network of one of them (``PAIRGRANT_TRUSTED_PROXIES``)."""
    REQUIRED_SCOPE = "required_scope"
    """A scope was declined that the policy does not make optional."""


class ApprovalRefusedError(PairgrantServerError):
    """The client's policy does not allow this approval; the grant stays pending."""

    def __init__(self, violations: tuple[PolicyViolation, ...]) -> None:
        super().__init__(f"the client's policy does not allow this approval: {', '.join(violations)}")
        self.violations = violations


@dataclass(frozen=True, slots=True)
class ApprovalTerms:
    """What a client's policy says about the approval of one grant from one network."""

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

    @property
    def allows_network(self) -> bool:
        return self.is_same_network or not self.requires_same_network


@dataclass(frozen=True, slots=True)
class Approval:
    """An approval that took effect."""

    return_pin: str | None = field(default=None, repr=False)
    """The digits to show to the person who approved; None if the policy requires none."""
    overridden: tuple[PolicyViolation, ...] = ()
    """The rules of the policy that an operator overrode."""


def approval_terms(grant: DeviceGrant, policy: ClientPolicy, network: str | None) -> ApprovalTerms:
    """The terms for a person on ``network`` (see ``network_of``); None: an operator, who is on none."""
    return ApprovalTerms(
        required_scope=tuple(scope for scope in grant.scope if scope not in policy.optional_scope),
        optional_scope=tuple(scope for scope in grant.scope if scope in policy.optional_scope),
        requires_same_network=policy.requires_same_network,
        is_same_network=network is not None and is_same_network(grant.address, network),
        knows_networks=is_known(grant.address) and (network is None or is_known(network)),
        requires_return_pin=policy.requires_return_pin,
    )


def violations_of(terms: ApprovalTerms, declined_scope: Collection[str]) -> tuple[PolicyViolation, ...]:
    """The rules that an approval without ``declined_scope`` would break; () if the policy allows it."""
    broken = []
    if not terms.allows_network:
        broken.append(
            PolicyViolation.OTHER_NETWORK if terms.knows_networks else PolicyViolation.UNKNOWN_NETWORK
        )
    if any(scope in declined_scope for scope in terms.required_scope):
        broken.append(PolicyViolation.REQUIRED_SCOPE)
    return tuple(broken)
