"""Reads what Pairgrant adds to the messages of RFC 8628, steps (A), (B) and (E).

No pairing depends on these values, so an unusable one is ignored and never an error. ``sent`` is untrusted.
"""

from pairgrant_protocol.base64url import is_base64url_of_sha256
from pairgrant_protocol.secret import Secret
from pairgrant_protocol.vocabulary import NUMBER_DIGITS, DeviceCapability, PairingStage

_CAPABILITIES = {capability.value: capability for capability in DeviceCapability}


def one_line(sent: str, limit: int) -> str | None:
    """``sent`` as one line of at most ``limit`` characters; None if nothing is left of it."""
    return " ".join(sent.split())[:limit].rstrip() or None


def known_capabilities(sent: tuple[str, ...]) -> tuple[DeviceCapability, ...]:
    """The capabilities in ``sent`` without those of a later version."""
    return tuple(_CAPABILITIES[name] for name in sent if name in _CAPABILITIES)


def known_stage(sent: str | None) -> PairingStage | None:
    """The stage called ``sent``; None if it is missing, or a stage of a later version."""
    try:
        return PairingStage(sent) if sent else None
    except ValueError:
        return None


def usable_proof_key(sent: object) -> Secret | None:
    """The key of ``fresh_scan``: base64url of 32 bytes, as long as a SHA-256."""
    return Secret(sent) if isinstance(sent, str) and is_base64url_of_sha256(sent) else None


def usable_number(sent: object) -> str | None:
    """Two ASCII digits; a device shows them in its largest type, so a server can't send other text here."""
    if isinstance(sent, str) and len(sent) == NUMBER_DIGITS and sent.isascii() and sent.isdecimal():
        return sent
    return None
