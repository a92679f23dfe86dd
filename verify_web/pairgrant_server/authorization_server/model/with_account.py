"""What frequent requests read of a connected device, with the state of its account, so that one read is
enough.
"""

from typing import NamedTuple

from pairgrant_server.authorization_server.model.records import has_ended


class RefreshedDevice(NamedTuple):
    """All that a refresh reads, unless its token was used before or its device has ended: fields of
    ``ConnectedDevice``.
    """

    scope: tuple[str, ...]
    device_id: str
    user_id: str
    client_id: str
    address: str
    created_at: float
    auth_time: float
    expires_at: float
    refresh_sequence: int
    refresh_digest: bytes | None
    revoked_at: float | None
    resource: str
    dpop_jkt: str | None
    ends_at: float | None
    confirm_by: float | None
    remove_at: float | None
    is_account_usable: bool
    """Whether its account exists and is not locked."""

    def __repr__(self) -> str:
        return f"RefreshedDevice(device_id={self.device_id!r})"

    def is_active(self, now: float) -> bool:
        """Whether it has neither ended nor expired."""
        return now < self.expires_at and not has_ended(self.revoked_at, self.confirm_by, self.remove_at, now)


class TokenHolder(NamedTuple):
    """The account behind a device, and when its tokens end: all that introspection reads of an
    access token.
    """

    device_id: str
    username: str
    is_locked: bool
    expires_at: float
    revoked_at: float | None
    confirm_by: float | None
    remove_at: float | None

    def is_active(self, now: float) -> bool:
        """Whether the account is usable, and the device has neither ended nor expired."""
        return not (
            self.is_locked
            or self.expires_at <= now
            or has_ended(self.revoked_at, self.confirm_by, self.remove_at, now)
        )
