"""What an ended connection's device may be told about its end; pure."""

from pairgrant_protocol.sign_in_end import EndedBy, SignInEnd
from pairgrant_server.authorization_server.model.records import ConnectedDevice


def end_of(device: ConnectedDevice, now: float) -> SignInEnd | None:
    """Who or what ended ``device``, and when; None if it is not known, or it has not ended."""
    if device.revoked_at is not None:
        return None if device.ended_by is None else SignInEnd(device.ended_by, device.revoked_at)
    if device.remove_at is not None and now >= device.remove_at:
        return SignInEnd(EndedBy.USER, device.remove_at)
    if device.confirm_by is not None and now >= device.confirm_by:
        return SignInEnd(EndedBy.UNCONFIRMED, device.confirm_by)
    return SignInEnd(EndedBy.EXPIRED, device.expires_at) if now >= device.expires_at else None


def shows_name(device: ConnectedDevice, end: SignInEnd) -> bool:
    """Whether the device may know the name of the person who ended it: its user's, if it knew that before."""
    return end.by is EndedBy.USER and "profile" in device.scope
