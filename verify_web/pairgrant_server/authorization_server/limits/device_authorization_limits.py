"""Limits on device authorizations, step (A): per network, per client and network, and per client in all.

A quarter of a client's requests is reserved for devices that prove an enrolled key, or the key of a
connection. Such a device is judged by its key, so strangers on its network don't count against it. Where
strangers have used up the rest, each network still has ``RESERVED`` requests of this client.
"""

from collections.abc import Sequence
from typing import Protocol

from pairgrant_server.authorization_server.clock import Clock
from pairgrant_server.authorization_server.limits.network import counted_as
from pairgrant_server.authorization_server.limits.network_rate_limit import NetworkRateLimit
from pairgrant_server.authorization_server.limits.rate_limit import RateLimit
from pairgrant_server.authorization_server.model.records import Client
from pairgrant_server.authorization_server.model.settings import ServerSettings
from pairgrant_server.authorization_server.store.interface.attempts import AttemptStore
from pairgrant_server.authorization_server.store.interface.connected_devices import ConnectedDeviceStore
from pairgrant_server.authorization_server.store.interface.device_keys import DeviceKeyStore

PER_KEY = 10
"""A minute, for one device that proves a key."""
RESERVED = 10
"""Requests a minute of one client that every network has, also while others use the client's limit up."""

_MINUTE = 60


def strangers_share(per_client: int) -> int:
    """What devices without a known key may use of a client's limit; 0 for no limit."""
    return per_client - per_client // 4


class KnownKeyStore(ConnectedDeviceStore, DeviceKeyStore, Protocol):
    """The parts of the store that know keys of devices."""


class DeviceAuthorizationLimits:
    """Decides whether one more device authorization is allowed; a refused one is not counted.

    The limit of a client's policy is counted in the database, for all processes together.
    """

    def __init__(
        self, settings: ServerSettings, attempts: AttemptStore, keys: KnownKeyStore, clock: Clock
    ) -> None:
        self._per_network = NetworkRateLimit(settings.device_authorizations_per_address, clock)
        self._per_client = RateLimit(settings.device_authorizations_per_client, clock)
        self._strangers = strangers_share(settings.device_authorizations_per_client)
        self._reserved = NetworkRateLimit(RESERVED, clock)
        self._per_key = RateLimit(PER_KEY, clock)
        self._attempts = attempts
        self._keys = keys
        self._clock = clock

    def has_room(self, network: str, proved_key: str | None) -> bool:
        """Whether ``allow`` may allow a request, without a read and without counting it.

        What proves a key may be a known device, which its network does not limit.
        """
        return proved_key is not None or self._per_network.has_room(network)

    async def allow(self, client: Client, network: str, proved_key: str | None) -> bool:
        """Count one request of ``client`` from ``network``; ``proved_key``: of a DPoP proof."""
        limit = client.policy.device_authorizations_per_minute
        if limit is None:
            if self._count_stranger(client, network):
                return True
        elif await self._is_within_policy(client, network, limit):
            if self._count_stranger(client, network):
                return True
            await self._spend_policy(client, network, -1)
        return proved_key is not None and await self._allows_known_key(client, proved_key)

    def _count_stranger(self, client: Client, network: str) -> bool:
        """Count a request if strangers still have room for it."""
        has_room = self._per_client.has_room(client.client_id, most=self._strangers)
        if not (has_room or self._reserved.has_room(network, client.client_id)):
            return False
        if not self._per_network.has_room(network):
            return False
        self._per_network.count(network)
        if self._strangers:  # without a limit of clients, nothing has to be reserved
            self._reserved.count(network, client.client_id)
            if has_room:  # what is reserved for networks takes nothing from known keys
                self._per_client.count(client.client_id)
        return True

    async def _allows_known_key(self, client: Client, key: str) -> bool:
        subject = f"{client.client_id} {key}"
        most = min(PER_KEY, client.policy.device_authorizations_per_minute or PER_KEY)
        if not (self._per_key.has_room(subject, most=most) and self._per_client.has_room(client.client_id)):
            return False
        if not await self._is_known(client, key):
            return False
        self._per_key.count(subject)
        self._per_client.count(client.client_id)
        return True

    async def _is_known(self, client: Client, key: str) -> bool:
        """Whether the operator enrolled the key, or a live connection has it."""
        return (
            key in client.policy.enrolled_keys
            or await self._keys.device_key(client.client_id, key) is not None
            or await self._keys.has_device_with_key(client.client_id, key, self._clock())
        )

    async def _is_within_policy(self, client: Client, network: str, limit: int) -> bool:
        counts = await self._spend_policy(client, network, 1)
        if all(count <= times * limit for count, (_, times) in zip(counts, counted_as(network), strict=True)):
            return True
        await self._spend_policy(client, network, -1)
        return False

    async def _spend_policy(self, client: Client, network: str, weight: int) -> Sequence[int]:
        window = int(self._clock()) // _MINUTE * _MINUTE
        subjects = [f"device authorization {client.client_id} {name}" for name, _ in counted_as(network)]
        return await self._attempts.spend_attempts(subjects, window, weight)
