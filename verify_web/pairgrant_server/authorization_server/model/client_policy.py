"""What an operator decides about one client application beyond its grants and scopes; every rule has a default.

Durations are seconds; None means what the server's settings say. A policy is data: it is kept as JSON, set by command or file
(``pairgrant-server client``, ``pairgrant-server apply``), and told in words by ``pairgrant-server client show``.
"""

import json
from dataclasses import dataclass, field, fields
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class AssertionIssuer:
    """Whose JWTs may stand for a person's consent (RFC 7523 §2.1): its ``iss``, and its public keys (a JWK Set's JSON)."""

    issuer: str
    jwks: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ClientPolicy:
    """Tuples keep their order; an empty one means "no rule of its own"."""

    optional_scope: tuple[str, ...] = ()
    """Scopes that a person may untick at consent; every other scope that is asked for comes with approval."""
    device_code_lifetime: int | None = None
    access_token_lifetime: int | None = None
    refresh_token_lifetime: int | None = None
    """How long a refresh token may lie unused."""
    connection_lifetime: int | None = None
    """How long a family of tokens lives at most, however active it is."""
    resources: tuple[str, ...] = ()
    """Resource indicators (RFC 8707) that the client may ask tokens for, beside those that this server serves itself."""
    serves: tuple[str, ...] = ()
    """Resources that this client *is*: whose tokens it may introspect (RFC 7662)."""
    id_token_algorithm: str = "ES256"
    """``ES256`` or ``RS256``."""
    requires_dpop: bool = False
    """RFC 9449: no token of this client is good without a key."""
    requires_device_pkce: bool = False
    """PKCE (RFC 7636, S256) on the device flow, as Keycloak and PingAM have it."""
    requires_pushed_requests: bool = False
    """RFC 9126: no authorization request but a pushed one."""
    post_logout_redirect_uris: tuple[str, ...] = ()
    """OpenID Connect RP-Initiated Logout §3."""
    assertion_issuers: tuple[AssertionIssuer, ...] = ()
    trusted_networks: tuple[str, ...] = ()
    """Networks (CIDR) from which a device authorization may be started; everywhere, where empty."""
    requires_same_network: bool = False
    """Only a person on the device's own network may approve it."""
    enrolled_keys: tuple[str, ...] = ()
    """JWK thumbprints (RFC 7638) of the DPoP keys that may start a device authorization; any key, where empty."""
    requires_return_pin: bool = False
    """After Approve the phone shows three digits that must be typed on the device: a forwarded code is worth nothing."""
    device_authorizations_per_minute: int | None = None

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
        """The policy behind ``to_json``; a rule that came after this program can't be kept, so it is an error.

        Raises:
            ValueError: loudly, because a rule that is not understood is a rule that is not enforced.
        """
        members: dict[str, Any] = json.loads(text)
        known = {rule.name for rule in fields(cls)}
        if not members.keys() <= known:
            raise ValueError(f"this version does not know the client rules {sorted(members.keys() - known)}")
        for name, value in members.items():
            if isinstance(value, list):
                members[name] = tuple(value)
        issuers = members.pop("assertion_issuers", {})
        known_issuers = tuple(AssertionIssuer(issuer, jwks) for issuer, jwks in issuers.items())
        return cls(**members, assertion_issuers=known_issuers)


DEFAULT_POLICY = ClientPolicy()
