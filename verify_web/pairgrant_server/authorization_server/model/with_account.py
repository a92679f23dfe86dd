"""Records together with the state of the account that they belong to, so that one read gives both."""

from typing import NamedTuple

from pairgrant_server.authorization_server.model.records import ConnectedDevice, has_ended


class DeviceWithAccount(NamedTuple):
    device: ConnectedDevice
    is_account_usable: bool
    """Whether its account exists and is not locked."""


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
