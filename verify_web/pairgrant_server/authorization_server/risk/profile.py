"""The four profiles as data: what each makes of weak evidence. A client's own rules replace single values."""

from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache

from pairgrant_server.authorization_server.model.client_policy import (
    Asking,
    ClientPolicy,
    Prefill,
    ProfileName,
)


class Decision(StrEnum):
    """In this order stricter, except that the two that ask are equally strict."""

    ALLOW = "allow"
    HOLD = "hold"
    """Approve; it takes effect after 20 s unless it is undone."""
    ASK_CODE = "ask_code"
    """A link brought the code: the person has to type it first."""
    ASK_NUMBER = "ask_number"
    """The person has to type the device's number first."""
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class Rules:
    """What a profile asks for, and its decision where the evidence falls short."""

    number_match: Asking
    fresh_scan: Asking
    prefill: Prefill
    without_proof: Decision
    """Neither digits nor a fresh scan beside a near device, and the device can't be asked for digits."""
    far: Decision
    """Digits, and the browser is not near the device."""
    single_proof: Decision
    """Near, with digits or a fresh scan, not both, and the device can't be asked for digits."""
    suspicious: Decision
    """Seen by others, reported, from a hosting network, or a link on another site; at best."""
    same_network_suffices: bool = False
    """A device that can show neither digits nor a changing code is approved from its own network."""
    refuses_far: bool = False
    """Without a near device no proof is enough."""
    refuses_other_starts: bool = False
    """Only devices with an enrolled key or on a trusted network may start, so others can't be approved."""
    refuses_stale_scan: bool = False
    """A device whose QR code changes needs digits or a fresh scan."""
    hold_must_be_confirmed: bool = False
    """After a hold, no reply to "Did your screen just say Hello?" within two minutes revokes."""
    accepts_operator: bool = True
    """``pairgrant-server approve`` needs no ``--override-policy``."""


PROFILES: dict[ProfileName, Rules] = {
    "open": Rules(
        number_match="off",
        fresh_scan="off",
        prefill="always",
        without_proof=Decision.ALLOW,
        far=Decision.ALLOW,
        single_proof=Decision.ALLOW,
        suspicious=Decision.ALLOW,
    ),
    "standard": Rules(
        number_match="auto",
        fresh_scan="auto",
        prefill="proven",
        without_proof=Decision.HOLD,
        far=Decision.HOLD,
        single_proof=Decision.ALLOW,
        suspicious=Decision.HOLD,
        same_network_suffices=True,
    ),
    "strict": Rules(
        number_match="auto",
        fresh_scan="auto",
        prefill="proven",
        without_proof=Decision.REFUSE,
        far=Decision.REFUSE,
        single_proof=Decision.HOLD,
        suspicious=Decision.REFUSE,
        refuses_far=True,
        hold_must_be_confirmed=True,
        accepts_operator=False,
    ),
    "managed": Rules(
        number_match="auto",
        fresh_scan="auto",
        prefill="proven",
        without_proof=Decision.HOLD,
        far=Decision.HOLD,
        single_proof=Decision.ALLOW,
        suspicious=Decision.REFUSE,
        same_network_suffices=True,
        refuses_other_starts=True,
        refuses_stale_scan=True,
        accepts_operator=False,
    ),
}


def rules_of(policy: ClientPolicy) -> Rules:
    """The rules of the client's profile, with those that the policy sets itself."""
    return _rules(policy.profile, policy.number_match, policy.fresh_scan, policy.prefill)


@cache
def _rules(
    name: ProfileName, number_match: Asking | None, fresh_scan: Asking | None, prefill: Prefill | None
) -> Rules:
    """Cached, because every device authorization asks for them; there are a few hundred at most."""
    rules = PROFILES[name]
    return replace(
        rules,
        number_match=number_match or rules.number_match,
        fresh_scan=fresh_scan or rules.fresh_scan,
        prefill=prefill or rules.prefill,
    )


def needs_a_key(policy: ClientPolicy) -> bool:
    """Whether a device has to prove a key that the server knows before it may start, from any network."""
    if policy.requires_known_device:
        return True
    if PROFILES[policy.profile].refuses_other_starts:
        return not policy.trusted_networks  # there a key or a trusted network is enough
    return bool(policy.enrolled_keys)
