"""What the pages about connected devices read: one page of a person's devices, and the history of each."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from pairgrant_server.authorization_server.model.connected_device import DeviceEvent, DevicePage, DeviceQuery


class DeviceOrigin(NamedTuple):
    """A client that devices of a person belong to, and an address at which one of them was seen."""

    client_id: str
    address: str


class DeviceListStore(Protocol):
    async def device_page(self, user_id: str, query: DeviceQuery, now: float) -> DevicePage:
        """Those of the user that have neither ended nor expired at ``now`` and that ``query`` asks for."""

    async def device_origins(self, user_id: str, now: float) -> Sequence[DeviceOrigin]:
        """Where the devices that can be listed come from, each once; 1000 at most."""

    async def add_device_event(self, event: DeviceEvent) -> None:
        """Add to the history of a device; its oldest events beyond 30 are removed."""

    async def device_events(self, device_id: str) -> Sequence[DeviceEvent]:
        """The newest 30, newest first."""
