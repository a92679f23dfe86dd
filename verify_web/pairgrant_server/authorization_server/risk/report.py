"""The risk assessment of one client, which RFC 10027 requires before the device grant is offered. Pure."""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, NamedTuple

from pairgrant_protocol.vocabulary import GrantType
from pairgrant_server.authorization_server.model.client_policy import ClientPolicy
from pairgrant_server.authorization_server.model.records import Client
from pairgrant_server.authorization_server.model.settings import ServerSettings
from pairgrant_server.authorization_server.risk.attacks import Outcome, Remaining, remaining_attacks
from pairgrant_server.authorization_server.risk.mitigations import MITIGATIONS, Effect, Mitigation, State


class Offer(StrEnum):
    """Whether to offer the device grant to the people of this client."""

    NOT_USED = "not_used"
    """The client has no device grant."""
    YES = "yes"
    WITH_CARE = "with_care"
    NO = "no"


class Step(NamedTuple):
    """One setting that helps, and why."""

    option: str
    reason: str


@dataclass(frozen=True, slots=True)
class ClientRisk:
    client: Client
    offer: Offer
    mitigations: tuple[tuple[Mitigation, State], ...]
    attacks: tuple[Remaining, ...]
    next_step: Step | None
    """The one setting that helps most next; None if no setting does more."""


_ENDS_SOONER = "what an attacker gets ends sooner"
_SHORT_CONNECTION, _SHORT_ACCESS = {"weak_connection_lifetime": 7 * 86_400}, {"access_token_lifetime": 600}

_STEPS: tuple[tuple[Step, dict[str, Any]], ...] = (
    (
        Step("--profile standard", "weak evidence is then asked for a number, or held for 20 s"),
        {"profile": "standard"},
    ),
    (
        Step(
            "--number-match required",
            "an attacker's device can't leave the number out; devices that can't show one are refused",
        ),
        {"number_match": "required"},
    ),
    (
        Step("--profile strict", "a device that is not proved to be near the person is refused"),
        {"profile": "strict"},
    ),
    (Step("--dpop", "a copied token is then useless"), {"requires_dpop": True}),
    (Step("--weak-connection-lifetime 7d", _ENDS_SOONER), _SHORT_CONNECTION),
    (Step("--access-token-lifetime 10m", _ENDS_SOONER), _SHORT_ACCESS),
    (
        Step("--weak-connection-lifetime 7d --access-token-lifetime 10m", _ENDS_SOONER),
        _SHORT_CONNECTION | _SHORT_ACCESS,
    ),
    (
        Step(
            "--require-known-device", "an attacker's own device can't start; new devices have to be enrolled"
        ),
        {"requires_known_device": True},
    ),
    (
        Step("--strong-scope SCOPES", "what an attacker gets on weak evidence is worth less"),
        {"strong_scope": ("any",)},
    ),
)
"""The options of a step, why, and the rules that they set; the lightest burden first."""


def risk_of(client: Client, settings: ServerSettings) -> ClientRisk:
    mitigations = tuple((one, one.state(client, settings)) for one in MITIGATIONS)
    if GrantType.DEVICE_CODE not in client.grant_types:
        return ClientRisk(client, Offer.NOT_USED, mitigations, (), None)
    attacks = remaining_attacks(client.policy)
    return ClientRisk(client, _offer(attacks), mitigations, attacks, _next_step(client, settings))


def _offer(attacks: tuple[Remaining, ...]) -> Offer:
    """By the attacks that reach thousands of people: with no contact, and from any network."""
    worst = min(outcome.rank for attack, outcome in attacks if attack.reaches_many)
    if worst == Outcome.SUCCEEDS.rank:
        return Offer.NO
    return Offer.YES if worst >= Outcome.NEEDS_DIGITS.rank else Offer.WITH_CARE


def _next_step(client: Client, settings: ServerSettings) -> Step | None:
    """The first step that makes an attack harder, or switches on something that recovers from one."""
    for step, changes in _STEPS:
        then = replace(client, policy=replace(client.policy, **changes))
        if _hardens(client.policy, then.policy) or _recovers(then, settings) > _recovers(client, settings):
            return step
    return None


def _hardens(before: ClientPolicy, after: ClientPolicy) -> bool:
    old, new = ([outcome.rank for _, outcome in remaining_attacks(policy)] for policy in (before, after))
    return new != old and all(one >= other for one, other in zip(new, old, strict=True))


def _recovers(client: Client, settings: ServerSettings) -> int:
    """How many mitigations that recover from an attack are on."""
    recovering = (one for one in MITIGATIONS if Effect.RECOVERS in one.effects)
    return sum(one.state(client, settings) is State.ON for one in recovering)
