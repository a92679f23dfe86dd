"""Tokens of a connected device, step (F): issued once, rotated at every refresh, ended with the device.

Access tokens are JWTs (RFC 9068) that any resource server can check; refresh tokens are opaque, one family
per connected device.
"""

from dataclasses import field
from hashlib import sha256
from typing import Any, NamedTuple

from pairgrant_protocol.base64url import base64url
from pairgrant_protocol.messages import TokenResponse
from pairgrant_protocol.record import record
from pairgrant_protocol.secret import Secret
from pairgrant_protocol.vocabulary import GrantType
from pairgrant_server.authorization_server.clock import Clock
from pairgrant_server.authorization_server.json_text import json_text
from pairgrant_server.authorization_server.keys.signing_keys import SigningKeys
from pairgrant_server.authorization_server.model.audience import audience
from pairgrant_server.authorization_server.model.device_kind import kind_of
from pairgrant_server.authorization_server.model.lifetimes import Lifetimes, lifetimes_of
from pairgrant_server.authorization_server.model.records import Client, ConnectedDevice
from pairgrant_server.authorization_server.model.scopes import OFFLINE_ACCESS, OPENID
from pairgrant_server.authorization_server.model.settings import ServerSettings
from pairgrant_server.authorization_server.model.with_account import RefreshedDevice
from pairgrant_server.authorization_server.secrets.identifiers import (
    ID_RANDOM_BYTES,
    SECRET_BYTES,
    RandomBytes,
    id_of,
    new_id,
)
from pairgrant_server.authorization_server.secrets.refresh_token import RefreshToken
from pairgrant_server.authorization_server.secrets.server_key import ServerKey, digest

ACCESS_TOKEN_TYPE = "at+jwt"  # RFC 9068 §2.1
ID_TOKEN_TYPE = "JWT"
DEVICE_CLAIM = "connected_device"

_Device = ConnectedDevice | RefreshedDevice
"""What tokens tell of their device is in both."""

_RANDOM_BYTES = ID_RANDOM_BYTES + SECRET_BYTES
"""What the two tokens of a response need; one call for all takes half the time of two."""


@record
class IssuedTokens:
    """The connected device that the tokens belong to, and the token response's JSON."""

    device: ConnectedDevice
    response: bytes = field(repr=False)


@record
class NextTokens:
    """What a rotation changes of a connected device, and the token response's JSON.

    ``refresh_digest`` is None if the device gets no refresh token any more.
    """

    refresh_sequence: int
    refresh_digest: bytes | None = field(repr=False)
    expires_at: float
    issued_at: float
    response: bytes = field(repr=False)


class TokenIssuer:
    """Makes tokens; the caller stores what has to be durable."""

    def __init__(
        self,
        settings: ServerSettings,
        keys: SigningKeys,
        server_key: ServerKey,
        clock: Clock,
        random_bytes: RandomBytes,
    ) -> None:
        self._settings = settings
        self._keys = keys
        self._server_key = server_key
        self._clock = clock
        self._random_bytes = random_bytes

    def first(
        self,
        client: Client,
        *,
        grant_type: GrantType,
        user_id: str,
        auth_time: float,
        scope: tuple[str, ...],
        address: str,
        name: str | None = None,
        resource: str = "",
        narrowed_resource: str | None = None,
        dpop_jkt: str | None = None,
        nonce: str | None = None,
        connection_lifetime: int | None = None,
        confirm_within: int | None = None,
        capabilities: tuple[str, ...] = (),
    ) -> IssuedTokens:
        """A new family of tokens: the connected device that a grant becomes, with its first tokens.

        ``name`` is the device's own, ``nonce`` the one of OpenID Connect Core §3.1.2.1. ``narrowed_resource``
        is what this access token is for; its successors may be for all of ``resource`` (RFC 8707 §2.2).
        ``connection_lifetime``, ``confirm_within`` and ``capabilities`` are those of ``DeviceGrant``.
        """
        now = self._clock()
        random = self._random_bytes(_RANDOM_BYTES + ID_RANDOM_BYTES)
        token_id, secret = _unguessable(now, random)
        device_id = id_of(now, random[_RANDOM_BYTES:]).hex()
        ends_at = None if connection_lifetime is None else now + connection_lifetime
        wanted = resource if narrowed_resource is None else narrowed_resource
        lifetimes = lifetimes_of(client.policy, self._settings)
        terms = _Terms(client, scope, wanted, dpop_jkt, now, token_id, lifetimes)
        refresh = self._refresh_token(
            terms, secret, device_id, 0, approved=scope, created_at=now, ends_at=ends_at
        )
        device = ConnectedDevice(
            device_id=device_id,
            user_id=user_id,
            client_id=client.client_id,
            scope=scope,
            name=name or client.name,
            address=address,
            created_at=now,
            last_seen_at=now,
            auth_time=auth_time,
            expires_at=refresh.expires_at,
            refresh_sequence=refresh.sequence,
            refresh_digest=refresh.digest,
            grant_type=grant_type,
            resource=resource,
            dpop_jkt=dpop_jkt,
            ends_at=ends_at,
            confirm_by=None if confirm_within is None else now + confirm_within,
            kind=kind_of(grant_type, capabilities),
        )
        return IssuedTokens(device, self._response(device, terms, refresh, nonce))

    def next(
        self,
        device: RefreshedDevice,
        client: Client,
        *,
        scope: tuple[str, ...],
        resource: str | None = None,
    ) -> NextTokens:
        """The next tokens of ``device``.

        ``scope`` and ``resource`` are those of this access token (RFC 6749 §6).
        """
        now = self._clock()
        token_id, secret = _unguessable(now, self._random_bytes(_RANDOM_BYTES))
        wanted = device.resource if resource is None else resource
        lifetimes = lifetimes_of(client.policy, self._settings)
        terms = _Terms(client, scope, wanted, device.dpop_jkt, now, token_id, lifetimes)
        refresh = self._refresh_token(
            terms,
            secret,
            device.device_id,
            device.refresh_sequence,
            approved=device.scope,
            created_at=device.created_at,
            ends_at=device.ends_at,
        )
        response = self._response(device, terms, refresh, None)
        return NextTokens(refresh.sequence, refresh.digest, refresh.expires_at, now, response)

    def for_client(
        self, client: Client, *, scope: tuple[str, ...], resource: str = "", dpop_jkt: str | None = None
    ) -> bytes:
        """The token response for a client itself (RFC 6749 §4.4): an access token without a refresh token."""
        now = self._clock()
        token_id = new_id(now, self._random_bytes).hex()
        lifetimes = lifetimes_of(client.policy, self._settings)
        terms = _Terms(client, scope, resource, dpop_jkt, now, token_id, lifetimes)
        access_token = self._keys.sign(self._claims(client.client_id, terms), typ=ACCESS_TOKEN_TYPE)
        return _token_response(access_token, terms)

    def _refresh_token(
        self,
        terms: "_Terms",
        secret: bytes,
        device_id: str,
        sequence: int,
        *,
        approved: tuple[str, ...],
        created_at: float,
        ends_at: float | None,
    ) -> "_Refresh":
        """The next refresh token, if the device gets one.

        ``sequence`` is that of the last one; 0 before the first.
        """
        now, lifetimes = terms.now, terms.lifetimes
        if OFFLINE_ACCESS not in approved or GrantType.REFRESH_TOKEN not in terms.client.grant_types:
            return _Refresh(now + lifetimes.access_token, sequence)
        sequence += 1
        text = RefreshToken.issue(device_id, sequence, self._server_key, secret).text
        end = min(now + lifetimes.refresh_token, created_at + lifetimes.connection)
        return _Refresh(end if ends_at is None else min(end, ends_at), sequence, text, digest(text))

    def _response(self, device: _Device, terms: "_Terms", refresh: "_Refresh", nonce: str | None) -> bytes:
        terms = _within_the_connection(terms, device, can_refresh=refresh.token is not None)
        claims = self._claims(device.user_id, terms)
        claims["auth_time"] = int(device.auth_time)
        claims[DEVICE_CLAIM] = device.device_id
        access_token = self._keys.sign(claims, typ=ACCESS_TOKEN_TYPE)
        id_token = self._id_token(device, terms, access_token, nonce) if OPENID in terms.scope else None
        return _token_response(access_token, terms, refresh, id_token)

    def _claims(self, subject: str, terms: "_Terms") -> dict[str, Any]:
        """RFC 9068 §2.2, with ``cnf`` if the token is bound to a key (RFC 9449 §6.1)."""
        claims: dict[str, Any] = {
            "iss": self._settings.public_url,
            "sub": subject,
            "aud": audience(self._settings, terms.resource, terms.scope),
            "client_id": terms.client.client_id,
            "scope": " ".join(terms.scope),
            "iat": int(terms.now),
            "exp": int(terms.now + terms.lifetimes.access_token),
            "jti": terms.token_id,
        }
        return claims if terms.dpop_jkt is None else {**claims, "cnf": {"jkt": terms.dpop_jkt}}

    def _id_token(self, device: _Device, terms: "_Terms", access_token: Secret, nonce: str | None) -> Secret:
        """OpenID Connect Core §2; ``at_hash`` is the left half of the SHA-256 (§3.1.3.6)."""
        half = sha256(access_token.reveal().encode()).digest()[:16]
        claims = {
            "iss": self._settings.public_url,
            "sub": device.user_id,
            "aud": device.client_id,
            "iat": int(terms.now),
            "exp": int(terms.now) + terms.lifetimes.access_token,
            "auth_time": int(device.auth_time),
            "at_hash": base64url(half),
        }
        if nonce is not None:
            claims["nonce"] = nonce
        return self._keys.sign(claims, typ=ID_TOKEN_TYPE, algorithm=terms.client.policy.id_token_algorithm)


class _Terms(NamedTuple):
    """What one access token is for, and for how long."""

    client: Client
    scope: tuple[str, ...]
    resource: str
    dpop_jkt: str | None
    now: float
    token_id: str
    lifetimes: Lifetimes


class _Refresh(NamedTuple):
    """When the last token of a device expires, and its refresh token, if it has one."""

    expires_at: float
    sequence: int
    token: Secret | None = None
    digest: bytes | None = None

    def __repr__(self) -> str:
        return f"_Refresh(expires_at={self.expires_at}, sequence={self.sequence})"


_NO_REFRESH = _Refresh(0, 0)
"""Of a token that belongs to no device."""


def _unguessable(now: float, random: bytes) -> tuple[str, bytes]:
    """The identifier of an access token, and the secret of a refresh token."""
    return id_of(now, random[:ID_RANDOM_BYTES]).hex(), random[ID_RANDOM_BYTES:_RANDOM_BYTES]


def _within_the_connection(terms: _Terms, device: _Device, *, can_refresh: bool) -> _Terms:
    """``terms`` with an access token that ends with the connection, for resource servers that don't ask.

    Until a device is confirmed its access token ends when the confirmation is due, unless the device could
    not get another one. One that is being removed gets no token that outlives the undo.
    """
    if device.ends_at is None and device.confirm_by is None and device.remove_at is None:
        return terms
    ends = [device.ends_at, device.confirm_by if can_refresh else None, device.remove_at]
    left = [max(int(end - terms.now), 1) for end in ends if end is not None]
    access_token = min([terms.lifetimes.access_token, *left])
    return terms._replace(lifetimes=terms.lifetimes._replace(access_token=access_token))


def _token_response(
    access_token: Secret, terms: _Terms, refresh: _Refresh = _NO_REFRESH, id_token: Secret | None = None
) -> bytes:
    lasts = None if refresh.token is None else max(int(refresh.expires_at - terms.now), 0)
    response = TokenResponse(
        access_token=access_token,
        token_type="Bearer" if terms.dpop_jkt is None else "DPoP",
        expires_in=terms.lifetimes.access_token,
        refresh_token=refresh.token,
        scope=terms.scope,
        id_token=id_token,
        refresh_token_expires_in=lasts,
    )
    return json_text(response.serialize())
