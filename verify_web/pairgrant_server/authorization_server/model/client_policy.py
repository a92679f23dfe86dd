"""An operator's rules for one client application, beyond its grants and scopes; every rule has a default.

Durations are seconds; None means the server's setting. A policy is stored as JSON, set by ``pairgrant-server
client`` or ``pairgrant-server apply``, and described by ``pairgrant-server client show``.
"""

import json
from dataclasses import dataclass, field, fields
from typing import Any, Literal, Self, get_args

ProfileName = Literal["open", "standard", "strict", "managed"]
"""What is asked of an approval: see ``risk/profile.py``."""

Asking = Literal["off", "auto", "required"]
"""Whether a device is asked for something: never, where it says that it can, always. Least strict first."""

Prefill = Literal["always", "proven", "never"]
"""Whether a link may carry the code: always, with a proof beside it, never. Least strict first."""


@dataclass(frozen=True, slots=True)
class AssertionIssuer:
    """A trusted issuer of assertions (RFC 7523 §2.1): its ``iss``, and its public keys (a JWK Set's JSON)."""

    issuer: str
    jwks: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ClientPolicy:
    """Tuples keep their order; an empty one means "no rule of its own"."""

    optional_scope: tuple[str, ...] = ()
    """Scopes that a person may leave out at consent; every other requested scope is approved with it."""
    device_code_lifetime: int | None = None
    access_token_lifetime: int | None = None
    refresh_token_lifetime: int | None = None
    """Idle lifetime of a refresh token."""
    connection_lifetime: int | None = None
    """Longest lifetime of a connected device, however active it is."""
    resources: tuple[str, ...] = ()
    """Resource indicators (RFC 8707) that the client may request tokens for, besides those of this server."""
    serves: tuple[str, ...] = ()
    """Resources that this client serves: it may introspect tokens for them (RFC 7662)."""
    id_token_algorithm: str = "ES256"
    """``ES256`` or ``RS256``."""
    requires_dpop: bool = False
    """RFC 9449: every token of this client is bound to a key."""
    requires_device_pkce: bool = False
    """PKCE (RFC 7636, S256) on the device flow, as Keycloak and PingAM have it."""
    requires_pushed_requests: bool = False
    """RFC 9126: authorization requests must be pushed."""
    post_logout_redirect_uris: tuple[str, ...] = ()
    """OpenID Connect RP-Initiated Logout §3."""
    assertion_issuers: tuple[AssertionIssuer, ...] = ()
    accepts_endpoint_audience: bool = False
    """Its assertions may name an endpoint of this server as ``aud``, in place of the issuer (RFC 7523 §3)."""
    trusted_networks: tuple[str, ...] = ()
    """Networks (CIDR) from which a device authorization may be started; everywhere, where empty."""
    requires_same_network: bool = False
    """Only a person on the device's own network may approve it."""
    enrolled_keys: tuple[str, ...] = ()
    """JWK thumbprints (RFC 7638) of the DPoP keys that may start a device authorization.

    Any key, where empty.
    """
    requires_return_pin: bool = False
    """After approval the phone shows three digits that must be entered on the device (remote phishing)."""
    device_authorizations_per_minute: int | None = None
    """From one network."""
    ignores_device_names: bool = False
    """What its devices call themselves is neither stored nor shown."""
    profile: ProfileName = "standard"
    """What an approval is asked for, unless one of the next three rules says otherwise."""
    number_match: Asking | None = None
    """Two digits that the device shows are typed on the phone. None: as the profile says."""
    fresh_scan: Asking | None = None
    """The link comes from a QR code that is at most 45 s old. None: as the profile says."""
    prefill: Prefill | None = None
    """Whether a link may carry the code, or the person has to type it. None: as the profile says."""
    strong_scope: tuple[str, ...] = ()
    """Scopes that only an approval on strong evidence gives."""
    weak_connection_lifetime: int | None = None
    """Longest lifetime of a device that was approved without strong evidence."""
    requires_device_label: bool = False
    """Each request has a label that was set up at the device, and the person enters it at consent."""
    requires_known_device: bool = False
    """A device starts only with a proof of an enrolled key, or of the key of a live connection."""

    def to_json(self) -> str:
        """The rules that differ from their defaults."""
        members = {
            rule.name: value for rule in fields(self) if (value := getattr(self, rule.name)) != rule.default
        }
        if self.assertion_issuers:
            members["assertion_issuers"] = {known.issuer: known.jwks for known in self.assertion_issuers}
        return json.dumps(members, separators=(",", ":"), sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The policy behind ``to_json``.

        Raises:
            ValueError: it has a rule, or a word, of a later version, which this version would not enforce.
        """
        members: dict[str, Any] = json.loads(text)
        known = {rule.name for rule in fields(cls)}
        if not members.keys() <= known:
            raise ValueError(f"this version does not know the client rules {sorted(members.keys() - known)}")
        for name in members.keys() & CHOICES.keys():
            if members[name] not in CHOICES[name]:
                raise ValueError(f"this version does not know the {name} {members[name]!r} of a client")
        for name, value in members.items():
            if isinstance(value, list):
                members[name] = tuple(value)
        issuers = members.pop("assertion_issuers", {})
        known_issuers = tuple(AssertionIssuer(issuer, jwks) for issuer, jwks in issuers.items())
        return cls(**members, assertion_issuers=known_issuers)


CHOICES: dict[str, tuple[str, ...]] = {
    "profile": get_args(ProfileName),
    "number_match": get_args(Asking),
    "fresh_scan": get_args(Asking),
    "prefill": get_args(Prefill),
}
"""The values of the rules that are one of several words; where the order means strictness, least first."""

DEFAULT_POLICY = ClientPolicy()
