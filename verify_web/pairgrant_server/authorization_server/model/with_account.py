"""Records together with the state of the account that they belong to, so that one read gives both."""

from typing import NamedTuple

from pairgrant_server.authorization_server.model.records import ConnectedDevice, DeviceGrant


class DeviceWithAccount(NamedTuple):
    device: ConnectedDevice
    is_account_usable: bool
    """Whether its account exists and is not locked."""


class GrantWithAccount(NamedTuple):
    grant: DeviceGrant
    is_account_usable: bool
    """Whether the account that decided exists and is not locked."""
