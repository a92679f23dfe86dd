"""The 17 mitigations of RFC 10027, each with what it does here, what it admits, and how to switch it on.

A state is that of one client under the server's settings; the effects are the RFC's.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from pairgrant_protocol.vocabulary import GrantType
from pairgrant_server.authorization_server.model.lifetimes import LONGEST_ADVISABLE_DEVICE_CODE, lifetimes_of
from pairgrant_server.authorization_server.model.records import Client
from pairgrant_server.authorization_server.model.settings import ServerSettings
from pairgrant_server.authorization_server.risk.profile import Decision, needs_a_key, rules_of

_SHORT_ACCESS = 600
_SHORT_CONNECTION = 30 * 86_400
"""Seconds. The RFC names no lengths; these are the server's default, and a month."""


class Effect(StrEnum):
    """What a mitigation does to an attack."""

    PREVENTS = "prevents"
    DISRUPTS = "disrupts"
    RECOVERS = "recovers"


class State(StrEnum):
    ON = "on"
    OFF = "off"
    NOT_POSSIBLE = "not_possible"
    """Outside of what a server can do."""


Judge = Callable[[Client, ServerSettings], bool]


@dataclass(frozen=True, slots=True)
class Mitigation:
    number: int
    """Its place in the RFC's list."""
    name: str
    effects: tuple[Effect, ...]
    does: str
    """What it does here where it is on; for one that is not possible, what is left to the operator."""
    limit: str
    is_on: Judge | None
    """None: not possible."""
    option: str | None = None
    """What switches it on for one client, if an option does."""

    def state(self, client: Client, settings: ServerSettings) -> State:
        if self.is_on is None:
            return State.NOT_POSSIBLE
        return State.ON if self.is_on(client, settings) else State.OFF


def _always(_client: Client, _settings: ServerSettings) -> bool:
    return True


def _shows_proximity(client: Client, _: ServerSettings) -> bool:
    rules = rules_of(client.policy)
    return {rules.number_match, rules.fresh_scan} != {"off"} or client.policy.requires_same_network


def _has_short_codes(client: Client, settings: ServerSettings) -> bool:
    return lifetimes_of(client.policy, settings).device_code <= LONGEST_ADVISABLE_DEVICE_CODE


def _judges_viewers(client: Client, _: ServerSettings) -> bool:
    return rules_of(client.policy).suspicious is not Decision.ALLOW


def _trusts_devices(client: Client, _: ServerSettings) -> bool:
    return needs_a_key(client.policy) or client.policy.profile == "managed"


def _has_short_tokens(client: Client, settings: ServerSettings) -> bool:
    lifetimes, policy = lifetimes_of(client.policy, settings), client.policy
    ends_soon = (
        GrantType.REFRESH_TOKEN not in client.grant_types
        or min(lifetimes.connection, policy.weak_connection_lifetime or lifetimes.connection)
        <= _SHORT_CONNECTION
    )
    return lifetimes.access_token <= _SHORT_ACCESS and ends_soon


def _limits_rates(client: Client, settings: ServerSettings) -> bool:
    own = client.policy.device_authorizations_per_minute
    return bool(own or settings.device_authorizations_per_address)


_P, _D, _R = Effect.PREVENTS, Effect.DISRUPTS, Effect.RECOVERS

MITIGATIONS = (
    Mitigation(
        1,
        "Proximity",
        (_P, _D),
        "The phone has to be near the device: its number typed, its code scanned now, or its network shared.",
        "A shared network (VPN, carrier's NAT) looks near, mobile data far; a live relay passes numbers on.",
        _shows_proximity,
        "--profile standard",
    ),
    Mitigation(
        2,
        "Short-lived codes",
        (_D,),
        "A device code expires after ten minutes or less.",
        "Attackers make the code when the victim clicks.",
        _has_short_codes,
        "--device-code-lifetime 10m",
    ),
    Mitigation(
        3,
        "One-time codes",
        (_D,),
        "A code gets one decision, and one set of tokens.",
        "The first to use it may be the attacker.",
        _always,
    ),
    Mitigation(
        4,
        "Unique codes",
        (_D,),
        "A code that two people or browsers look up is held or refused, and both are warned.",
        "A code that one victim sees looks like any other.",
        _judges_viewers,
        "--profile standard",
    ),
    Mitigation(
        5,
        "Content filtering",
        (_D,),
        "Left to the operator: filters of mail and chat can stop messages with links to this server.",
        "A server doesn't see the messages.",
        None,
    ),
    Mitigation(
        6,
        "Detection and remediation",
        (_R,),
        "A person's report revokes what came from the code, and the operator's log has each event.",
        "A person has to notice, and tokens work until then.",
        _always,
    ),
    Mitigation(
        7,
        "Trusted devices",
        (_P,),
        "Only a device that proves a key known to the server may start.",
        "Keys have to be enrolled, which rarely fits people's own devices.",
        _trusts_devices,
        "--enrolled-key JKT",
    ),
    Mitigation(
        8,
        "Trusted networks",
        (_P,),
        "Only a device on the operator's networks may start.",
        "An attacker inside one of them may start too; not enough alone.",
        lambda client, _: bool(client.policy.trusted_networks),
        "--trusted-network CIDR",
    ),
    Mitigation(
        9,
        "Limited scopes",
        (_R,),
        "Some scopes are given on strong evidence only.",
        "What is left may be enough for an attacker; not enough alone.",
        lambda client, _: bool(client.policy.strong_scope),
        "--strong-scope SCOPES",
    ),
    Mitigation(
        10,
        "Short-lived tokens",
        (_R,),
        "An access token lives ten minutes or less, and a connection on weak evidence a month or less.",
        "A refresh token outlives access tokens.",
        _has_short_tokens,
        "--weak-connection-lifetime 7d --access-token-lifetime 10m",
    ),
    Mitigation(
        11,
        "Rate limits",
        (_P, _D),
        "Each network gets a number of codes a minute.",
        "Slow, targeted attacks stay below every limit.",
        _limits_rates,
        "--device-authorizations-per-minute 60",
    ),
    Mitigation(
        12,
        "Sender-constrained tokens",
        (_R,),
        "A copied token is useless without the device's key (DPoP).",
        "The device that the attacker started has the key.",
        lambda client, _: client.policy.requires_dpop or needs_a_key(client.policy),
        "--dpop",
    ),
    Mitigation(
        13,
        "User education",
        (_P,),
        "Left to the operator: tell people when they will see such a page, and when never.",
        "People who are talked through the page follow the voice; not enough alone.",
        None,
    ),
    Mitigation(
        14,
        "User experience",
        (_P,),
        "The page says who asks, for what and from where, warns, and puts Deny first.",
        "Only people who read are protected; not enough alone.",
        _always,
    ),
    Mitigation(
        15,
        "Authenticate, then initiate",
        (_P,),
        "A device proves an enrolled key, or the key of a live connection, before it may start.",
        "A new device has to be enrolled first.",
        lambda client, _: needs_a_key(client.policy),
        "--require-known-device",
    ),
    Mitigation(
        16,
        "Request-initiation verification",
        (_D,),
        "Digits that the phone shows after approval are typed on the device.",
        "An attacker who talks with the victim asks for the digits.",
        lambda client, _: client.policy.requires_return_pin,
        "--return-pin",
    ),
    Mitigation(
        17,
        "Request binding by out-of-band data",
        (_D,),
        "A label that was set up at the device has to be entered on the phone.",
        "An attacker asks for the label first, or tells the victim one.",
        lambda client, _: client.policy.requires_device_label,
        "--device-label",
    ),
)
