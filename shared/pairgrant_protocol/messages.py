"""The requests and responses of RFC 8628 §3.1 to §3.5, steps (A), (B), (E) and (F).

``parse`` reads a message from the wire and raises ``MalformedMessageError``; ``serialize`` gives the message
to send. Fields are named as on the wire. A request is a form (each name once), a response is a JSON object.
"""

import math
from collections.abc import Mapping
from dataclasses import field
from typing import Any, NamedTuple, Self
from urllib.parse import urlsplit

from pairgrant_protocol.extra_members import (
    known_capabilities,
    known_stage,
    one_line,
    usable_number,
    usable_proof_key,
)
from pairgrant_protocol.json_object import (
    MalformedMessageError,
    optional_seconds,
    optional_secret,
    optional_text,
    secret,
    text,
)
from pairgrant_protocol.record import record
from pairgrant_protocol.secret import Secret
from pairgrant_protocol.sign_in_end import SignInEnd
from pairgrant_protocol.vocabulary import DEFAULT_INTERVAL, DeviceCapability, GrantType, PairingStage

__all__ = [
    "DeviceAccessTokenRequest",
    "DeviceAuthorizationRequest",
    "DeviceAuthorizationResponse",
    "ErrorResponse",
    "MalformedMessageError",
    "TokenResponse",
    "web_uri",
]

MAX_EXPIRES_IN = 86_400
"""Seconds; a device does not wait for a code longer than a day, whatever ``expires_in`` says."""

MAX_DEVICE_INTERVAL = 300
"""Seconds; the longest interval that a device accepts from a server."""

MAX_DEVICE_LABEL = 40
"""Characters of a ``device_label``."""

_MAX_TOKEN_LIFETIME = 10 * 365 * 86_400
_MAX_URI = 2048
_MAX_DEVICE_NAME = 80


def split_scope(scope: str) -> tuple[str, ...]:
    """The scope values of a space-separated list, each once, in order (RFC 6749 §3.3).

    Only U+0020 separates. Any other white space stays in the value, which is then no scope of any client.
    """
    return tuple(dict.fromkeys(filter(None, scope.split(" "))))


def web_uri(uri: str, name: str) -> str:
    """``uri`` if a device may show and open it: http or https, printable ASCII, no user information.

    Raises:
        MalformedMessageError: it is anything else; the text names the member.
    """
    try:
        parts = urlsplit(uri)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and "@" not in parts.netloc
        usable = usable and (parts.port is None or parts.port > 0)
    except ValueError:
        usable = False
    if (
        not usable
        or len(uri) > _MAX_URI
        or not all("!" <= character <= "~" for character in uri)
        or "\\" in uri
    ):
        raise MalformedMessageError(f"{name} is not an http or https address that can be opened safely")
    return uri


@record
class DeviceAuthorizationRequest:
    """Step (A), §3.1. The members after ``scope`` are extra parameters that other servers ignore."""

    client_id: str
    scope: tuple[str, ...] = ()
    device_name: str | None = None
    """For people, at most 80 characters."""
    capabilities: tuple[DeviceCapability, ...] = ()
    """``device_capabilities``, separated by spaces; those of a later version are ignored."""
    device_label: str | None = None
    """A room or a serial number, typed or provisioned at the device; at most 40 characters."""

    @classmethod
    def parse(cls, form: Mapping[str, str], client_id: str) -> Self:
        """The request of an already identified client; an empty parameter counts as omitted (§3.1)."""
        name, label = form.get("device_name"), form.get("device_label")
        capabilities = form.get("device_capabilities")
        return cls(
            client_id=client_id,
            scope=split_scope(form.get("scope", "")),
            device_name=one_line(name, _MAX_DEVICE_NAME) if name else None,
            capabilities=known_capabilities(split_scope(capabilities)) if capabilities else (),
            device_label=one_line(label, MAX_DEVICE_LABEL) if label else None,
        )

    def serialize(self) -> dict[str, str]:
        form = {
            "client_id": self.client_id,
            "scope": " ".join(self.scope),
            "device_name": self.device_name or "",
            "device_capabilities": " ".join(self.capabilities),
            "device_label": self.device_label or "",
        }
        return {name: value for name, value in form.items() if value}


@record
class DeviceAuthorizationResponse:
    """Step (B), §3.2. ``expires_in`` and ``interval`` in seconds."""

    device_code: Secret
    user_code: str = field(repr=False)
    verification_uri: str
    expires_in: int
    interval: int = DEFAULT_INTERVAL
    verification_uri_complete: str | None = field(default=None, repr=False)
    proof_key: Secret | None = None
    """An extra member: the key of ``fresh_scan``, 32 bytes as base64url."""

    @classmethod
    def parse(cls, members: dict[str, Any]) -> Self:
        """The response of a server; ``interval`` and ``expires_in`` are brought within bounds."""
        expires_in = optional_seconds(members, "expires_in")
        if expires_in is None or expires_in < 1:
            raise MalformedMessageError("expires_in is missing or not positive")
        interval = optional_seconds(members, "interval")
        complete = optional_text(members, "verification_uri_complete")
        is_old = not members.get("verification_uri") and members.get("verification_url")
        page = "verification_url" if is_old else "verification_uri"  # Google has the name of the first drafts
        return cls(
            device_code=secret(members, "device_code"),
            user_code=text(members, "user_code", limit=64),
            verification_uri=web_uri(text(members, page), page),
            expires_in=min(int(expires_in), MAX_EXPIRES_IN),
            interval=DEFAULT_INTERVAL if interval is None else bounded_interval(interval),
            verification_uri_complete=complete and web_uri(complete, "verification_uri_complete"),
            proof_key=usable_proof_key(members.get("proof_key")),
        )

    def serialize(self) -> dict[str, str | int]:
        """The JSON members, always with ``interval``, because some clients fail without it."""
        members: dict[str, str | int] = {
            "device_code": self.device_code.reveal(),
            "user_code": self.user_code,
            "verification_uri": self.verification_uri,
            "expires_in": self.expires_in,
            "interval": self.interval,
        }
        if self.verification_uri_complete:
            members["verification_uri_complete"] = self.verification_uri_complete
        if self.proof_key is not None:
            members["proof_key"] = self.proof_key.reveal()
        return members


def bounded_interval(seconds: float) -> int:
    """A server's ``interval`` in whole seconds: at least one, at most five minutes."""
    return min(max(math.ceil(seconds), 1), MAX_DEVICE_INTERVAL)


# A server makes one for each poll, and a frozen dataclass takes twice as long to make.
class DeviceAccessTokenRequest(NamedTuple):
    """Step (E), §3.4: one poll."""

    client_id: str
    device_code: Secret
    pairing_stage: PairingStage | None = None
    """An extra parameter that other servers ignore: the latest stage that the device knows."""
    return_pin: Secret | None = None
    """Another: the digits that the phone shows, in the stage ``entering_pin``."""

    @classmethod
    def parse(cls, form: Mapping[str, str], client_id: str) -> Self:
        """The poll of an already identified client."""
        device_code = form.get("device_code")
        if not device_code:
            raise MalformedMessageError("device_code is missing")
        pin = form.get("return_pin")
        return cls(
            client_id,
            Secret(device_code),
            known_stage(form.get("pairing_stage")),
            Secret(pin) if pin else None,
        )

    def serialize(self) -> dict[str, str]:
        form: dict[str, str] = {
            "grant_type": GrantType.DEVICE_CODE,
            "device_code": self.device_code.reveal(),
            "client_id": self.client_id,
        }
        if self.pairing_stage is not None:
            form["pairing_stage"] = self.pairing_stage
        if self.return_pin is not None:
            form["return_pin"] = self.return_pin.reveal()
        return form


@record
class TokenResponse:
    """Step (F), §3.5 and RFC 6749 §5.1. ``expires_in`` and ``refresh_token_expires_in``
    (draft-ietf-oauth-refresh-token-expiration) in seconds.

    ``scope`` None: what was requested; (): no scope at all.
    """

    access_token: Secret
    token_type: str
    expires_in: int | None = None
    refresh_token: Secret | None = None
    scope: tuple[str, ...] | None = None
    id_token: Secret | None = None
    refresh_token_expires_in: int | None = None

    @property
    def is_bound(self) -> bool:
        """Whether the tokens are bound to a key and need a DPoP proof (RFC 9449 §5)."""
        return self.token_type.lower() == "dpop"

    @classmethod
    def parse(cls, members: dict[str, Any]) -> Self:
        """The response of a server; every member but ``access_token`` and ``token_type`` may be missing."""
        scope = optional_text(members, "scope") or ""
        return cls(
            access_token=secret(members, "access_token"),
            token_type=text(members, "token_type", limit=64),
            expires_in=_lifetime(members, "expires_in"),
            refresh_token=optional_secret(members, "refresh_token"),
            scope=None if members.get("scope") is None else split_scope(scope),
            id_token=optional_secret(members, "id_token"),
            refresh_token_expires_in=_lifetime_if_usable(members, "refresh_token_expires_in"),
        )

    def serialize(self) -> dict[str, str | int]:
        members: dict[str, str | int] = {
            "access_token": self.access_token.reveal(),
            "token_type": self.token_type,
        }
        if self.expires_in is not None:
            members["expires_in"] = self.expires_in
        if self.refresh_token is not None:
            members["refresh_token"] = self.refresh_token.reveal()
        if self.refresh_token_expires_in is not None:
            members["refresh_token_expires_in"] = self.refresh_token_expires_in
        if self.scope is not None:
            members["scope"] = " ".join(self.scope)
        if self.id_token is not None:
            members["id_token"] = self.id_token.reveal()
        return members


def _lifetime(members: dict[str, Any], name: str) -> int | None:
    """A lifetime in whole seconds, not negative and not longer than makes sense."""
    seconds = optional_seconds(members, name)
    return None if seconds is None else min(max(int(seconds), 0), _MAX_TOKEN_LIFETIME)


def _lifetime_if_usable(members: dict[str, Any], name: str) -> int | None:
    """As ``_lifetime``; a member that only informs costs no tokens, whatever it is."""
    try:
        return _lifetime(members, name)
    except MalformedMessageError:
        return None


@record
class ErrorResponse:
    """An error response (RFC 6749 §5.2, RFC 8628 §3.5).

    ``interval`` (seconds), ``pairing_stage``, ``number`` and ``pairgrant_ended`` are extra members.
    """

    error: str
    error_description: str | None = None
    interval: int | None = None
    pairing_stage: str | None = None
    number: str | None = field(default=None, repr=False)
    """In the stage ``matching_number``: two ASCII digits for the device to show; other text is ignored."""
    ended: SignInEnd | None = None
    """``pairgrant_ended``, with the ``invalid_grant`` of a refresh: why the sign-in has ended."""

    @classmethod
    def parse(cls, members: dict[str, Any]) -> Self:
        interval = optional_seconds(members, "interval")
        return cls(
            error=text(members, "error", limit=200),
            error_description=optional_text(members, "error_description"),
            interval=None if interval is None else bounded_interval(interval),
            pairing_stage=optional_text(members, "pairing_stage", limit=40),
            number=usable_number(members.get("number")),
            ended=SignInEnd.parse(members.get("pairgrant_ended")),
        )

    def serialize(self) -> dict[str, Any]:
        members = {
            "error": self.error,
            "error_description": self.error_description,
            "interval": self.interval,
            "pairing_stage": self.pairing_stage,
            "number": self.number,
            "pairgrant_ended": None if self.ended is None else self.ended.serialize(),
        }
        return {name: value for name, value in members.items() if value is not None}
