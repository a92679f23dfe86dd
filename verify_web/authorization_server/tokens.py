"""Tokens of a connected device, step (F): issued once, rotated at every refresh, dead with the device.

Access tokens are JWTs (RFC 9068) that strangers can check; refresh tokens are opaque, one family per connected device.
A caller that lost an answer gets the very same one again for 60 s: it is kept sealed under the secret that was used up,
so that only who holds that secret can have it.
"""

from base64 import urlsafe_b64encode
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

from shared.messages import TokenResponse
from shared.secret import Secret
from shared.vocabulary import GrantType
from verify_web.authorization_server.clients import OFFLINE_ACCESS
from verify_web.authorization_server.clock import Clock
from verify_web.authorization_server.http import json_text
from verify_web.authorization_server.keys import SigningKeys
from verify_web.authorization_server.opaque_tokens import RandomBytes, RefreshToken, new_id
from verify_web.authorization_server.records import Client, ConnectedDevice, DeviceGrant
from verify_web.authorization_server.sealing import ServerKey, UnsealableError, digest, seal, unseal
from verify_web.authorization_server.settings import ServerSettings

REPLAY_WINDOW = 60.0
"""Seconds for which a lost answer is given again."""

ACCESS_TOKEN_TYPE = "at+jwt"  # RFC 9068 §2.1
DEVICE_CLAIM = "connected_device"
_REPLAY = "replay of a token response"


@dataclass(frozen=True, slots=True)
class Issued:
    """Tokens on their way out: the row they belong to, and the answer's JSON."""

    device: ConnectedDevice
    answer: bytes


class TokenIssuer:
    """Makes tokens; what becomes durable is the caller's business."""

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

    def first(self, grant: DeviceGrant, client: Client, user_id: str, auth_time: float) -> Issued:
        """The device that an approved grant becomes, with its first tokens."""
        now = self._clock()
        device = ConnectedDevice(
            device_id=new_id(now, self._random_bytes).hex(),
            user_id=user_id,
            client_id=client.client_id,
            scope=grant.scope,
            name=grant.device_name or client.name,
            address=grant.address,
            created_at=now,
            last_seen_at=now,
            auth_time=auth_time,
            expires_at=now + self._settings.access_token_lifetime,
        )
        return self._issued(device, client, grant.scope, now)

    def next(self, device: ConnectedDevice, client: Client, scope: tuple[str, ...], address: str) -> Issued:
        """The next tokens of ``device``; ``scope`` is what this access token is for (RFC 6749 §6)."""
        now = self._clock()
        seen = replace(device, address=address, last_seen_at=now, rotated_at=now)
        return self._issued(seen, client, scope, now)

    def _issued(self, device: ConnectedDevice, client: Client, scope: tuple[str, ...], now: float) -> Issued:
        refresh_token = None
        if OFFLINE_ACCESS in device.scope and GrantType.REFRESH_TOKEN in client.grant_types:
            sequence = device.refresh_sequence + 1
            refresh_token = RefreshToken.issue(
                device.device_id, sequence, self._server_key, self._random_bytes
            )
            device = replace(
                device,
                refresh_sequence=sequence,
                refresh_digest=digest(refresh_token.text),
                expires_at=self._family_end(device, now),
            )
        lifetime = self._settings.access_token_lifetime
        access_token = self._access_token(device, scope, now, now + lifetime)
        response = TokenResponse(
            access_token=access_token,
            token_type="Bearer",
            expires_in=lifetime,
            refresh_token=None if refresh_token is None else refresh_token.text,
            scope=scope,
            id_token=self._id_token(device, access_token, now) if "openid" in scope else None,
        )
        return Issued(device, json_text(response.serialize()))

    def _family_end(self, device: ConnectedDevice, now: float) -> float:
        idle_end = now + self._settings.refresh_token_lifetime
        return min(idle_end, device.created_at + self._settings.connection_lifetime)

    def _access_token(
        self, device: ConnectedDevice, scope: tuple[str, ...], now: float, until: float
    ) -> Secret:
        claims: dict[str, Any] = {
            "iss": self._settings.public_url,
            "sub": device.user_id,
            "aud": audience(self._settings, scope),
            "client_id": device.client_id,
            "scope": " ".join(scope),
            "iat": int(now),
            "exp": int(until),
            "auth_time": int(device.auth_time),
            "jti": new_id(now, self._random_bytes).hex(),
            DEVICE_CLAIM: device.device_id,
        }
        return self._keys.sign(claims, typ=ACCESS_TOKEN_TYPE)

    def _id_token(self, device: ConnectedDevice, access_token: Secret, now: float) -> Secret:
        """OpenID Connect Core §2; ``at_hash`` is the left half of the SHA-256 (§3.1.3.6)."""
        half = sha256(access_token.reveal().encode()).digest()[:16]
        claims = {
            "iss": self._settings.public_url,
            "sub": device.user_id,
            "aud": device.client_id,
            "iat": int(now),
            "exp": int(now) + self._settings.access_token_lifetime,
            "auth_time": int(device.auth_time),
            "at_hash": urlsafe_b64encode(half).decode().rstrip("="),
        }
        return self._keys.sign(claims, typ="JWT")


def audience(settings: ServerSettings, scope: tuple[str, ...]) -> list[str]:
    """Who an access token is for: the board for its scopes, and this server (userinfo) where it says who someone is."""
    for_board = any(value.startswith("board:") for value in scope)
    return [settings.resource] * for_board + [settings.public_url] * ("openid" in scope or not for_board)


def seal_answer(used_up: Secret, answer: bytes) -> bytes:
    """``answer``, to be had again only with the code or token that it was given for."""
    return seal(used_up, _REPLAY, answer)


def replayable(answered_at: float | None, now: float) -> bool:
    """Whether an answer given at ``answered_at`` may still have got lost on its way; a clock may have stepped a little."""
    return answered_at is not None and abs(now - answered_at) <= REPLAY_WINDOW


def lost_answer(used_up: Secret, sealed: bytes | None) -> bytes | None:
    """The answer that was sealed under ``used_up``; None where there is none, or another secret sealed it."""
    if sealed is None:
        return None
    try:
        return unseal(used_up, _REPLAY, sealed)
    except UnsealableError:
        return None
