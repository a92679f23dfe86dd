"""The settings of a device before step (A): the server, the client, the requested scope and the device's
name.

The command line fills them from options and ``PAIRGRANT_*`` variables (device/pairgrant/commands/options.py).
They are a plain dataclass, because importing pydantic-settings alone would take longer than ``pairgrant
token`` may take in all.
"""

import os
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from pairgrant.errors import DeviceSettingsError
from pairgrant.providers.given_endpoints import GivenEndpoints
from pairgrant_protocol.json_object import MalformedMessageError
from pairgrant_protocol.messages import MAX_DEVICE_LABEL, split_scope, web_uri
from pairgrant_protocol.metadata import IssuerError, check_issuer
from pairgrant_protocol.secret import Secret
from pairgrant_protocol.visible_text import visible

if TYPE_CHECKING:
    from pairgrant.providers.provider import Provider  # its presets would slow `pairgrant token` down

DEFAULT_ISSUER = "http://127.0.0.1:8628"
DEFAULT_CLIENT_ID = "lobby-tv"

_MAX_CLIENT_ID = 200
_NONE_GIVEN = GivenEndpoints()


class Place(StrEnum):
    """Where a sign-in puts its tokens."""

    AUTO = "auto"
    """In the keyring if there is one that works, else in the file; the first sign-in decides."""
    FILE = "file"
    KEYRING = "keyring"


@dataclass(frozen=True, slots=True)
class DeviceSettings:
    """Checked settings.

    ``scope`` empty: the device requests no scope, and the server grants the client's own (RFC 6749 §3.3).
    ``token_file`` None: the default place. ``ca_file`` None: the system's certificate authorities. ``hint``
    is a line to show beside the code. ``sign_in_hint`` says how to sign in on the phone; it is shown at the
    start and when the phone asks for the sign-in, and never beside the code.
    """

    issuer: str
    client_id: str
    scope: tuple[str, ...]
    device_name: str
    token_file: Path | None = None
    ca_file: Path | None = None
    client_secret: Secret | None = None
    hint: str | None = None
    sign_in_hint: str | None = None
    uses_dpop: bool = True
    """Whether the tokens are bound to a key if the server supports that (RFC 9449)."""
    device_label: str | None = None
    """A room or serial number that the server may check, at most 40 characters."""
    static_qr: bool = False
    """Whether the QR code on a screen never changes; otherwise it does if the server supports that."""
    provider: "Provider | None" = None
    """What differs from the RFCs at this server."""
    endpoints: GivenEndpoints = _NONE_GIVEN

    place: Place = Place.AUTO
    """Where the tokens of a new sign-in are stored."""
    profile: str | None = None
    """The name of this sign-in, if the server and the client have several here."""
    log_file: Path | None = None
    health_file: Path | None = None

    @classmethod
    def checked(
        cls,
        *,
        issuer: str = DEFAULT_ISSUER,
        client_id: str = DEFAULT_CLIENT_ID,
        scope: str = "",
        device_name: str | None = None,
        token_file: Path | None = None,
        ca_file: Path | None = None,
        client_secret: str | None = None,
        hint: str | None = None,
        sign_in_hint: str | None = None,
        uses_dpop: bool = True,
        device_label: str | None = None,
        static_qr: bool = False,
        profile: str | None = None,
        place: Place = Place.AUTO,
        provider: "Provider | None" = None,
        endpoints: GivenEndpoints = _NONE_GIVEN,
    ) -> "DeviceSettings":
        """The settings, if they are valid.

        Raises:
            DeviceSettingsError: an option is invalid; the message names it.
        """
        try:
            issuer = check_issuer(issuer.strip())
        except IssuerError as error:
            raise DeviceSettingsError(f"--issuer can't be used: {error}.") from None
        if not client_id or len(client_id) > _MAX_CLIENT_ID or not _is_visible_ascii(client_id):
            raise DeviceSettingsError(f"--client-id can't be used: {client_id[:80]!r} is not a client_id.")
        scope_values = split_scope(scope)
        for value in scope_values:
            if not _is_visible_ascii(value) or '"' in value or "\\" in value:  # RFC 6749 §3.3
                raise DeviceSettingsError(f"--scope can't be used: {value[:80]!r} is not a scope value.")
        if ca_file is not None and not ca_file.exists():
            raise DeviceSettingsError(
                f"--ca-file can't be used: there is no file or folder {str(ca_file)!r}."
            )
        label = " ".join((device_label or "").split())
        if len(label) > MAX_DEVICE_LABEL:
            raise DeviceSettingsError(
                f"--device-label can't be used: it has more than {MAX_DEVICE_LABEL} characters."
            )
        if not label.isprintable():
            raise DeviceSettingsError(
                f"--device-label can't be used: {visible(label)!r} has a character that can't be shown."
            )
        check_endpoints(endpoints, issuer)
        if provider is not None:
            provider.check_secret(has_secret=bool(client_secret))
        name = " ".join((device_name or os.uname().nodename).split())
        return cls(
            issuer=issuer,
            client_id=client_id,
            scope=scope_values,
            device_name=name,
            token_file=token_file,
            ca_file=ca_file,
            client_secret=Secret(client_secret) if client_secret else None,
            hint=hint or None,
            sign_in_hint=sign_in_hint or None,
            uses_dpop=uses_dpop,
            device_label=label or None,
            static_qr=static_qr,
            profile=profile,
            place=place,
            provider=provider,
            endpoints=endpoints,
        )


def _is_visible_ascii(text: str) -> bool:
    return all(" " <= character <= "~" for character in text)


def check_endpoints(endpoints: GivenEndpoints, issuer: str = "") -> None:
    """Check that each endpoint is a web address, and as safe as ``issuer``.

    Raises:
        DeviceSettingsError: one is not; the message names its option.
    """
    for name in ("device", "token", "revocation", "userinfo"):
        endpoint = getattr(endpoints, name)
        if endpoint is None:
            continue
        option = f"--{name}-endpoint can't be used"
        try:
            web_uri(endpoint, name)
        except MalformedMessageError:
            raise DeviceSettingsError(
                f"{option}: {visible(endpoint, limit=80)!r} is no web address."
            ) from None
        if issuer.startswith("https:") and not endpoint.startswith("https:"):
            raise DeviceSettingsError(f"{option}: it would send without encryption what {issuer} encrypts.")
