"""Lists of a person's connected devices: searched, sorted and cut into pages by the database."""

from dataclasses import dataclass

from pairgrant_server.authorization_server.clients.clients import Clients
from pairgrant_server.authorization_server.clock import Clock
from pairgrant_server.authorization_server.model.connected_device import (
    DeviceGroup,
    DeviceOrder,
    DevicePage,
    DeviceQuery,
)
from pairgrant_server.authorization_server.places.places import Places
from pairgrant_server.authorization_server.store.interface.device_lists import DeviceListStore

PAGE_SIZE = 25


@dataclass(frozen=True, slots=True)
class ListRequest:
    """What a person wants to see; ``page`` counts from 1."""

    words: str = ""
    order: DeviceOrder = DeviceOrder.SEEN
    group: DeviceGroup = DeviceGroup.NONE
    page: int = 1


class DeviceLists:
    def __init__(self, store: DeviceListStore, clients: Clients, places: Places, clock: Clock) -> None:
        self._store = store
        self._clients = clients
        self._places = places
        self._clock = clock

    async def page(self, user_id: str, asked: ListRequest) -> DevicePage:
        """The devices of one page, which is empty if it lies beyond the last one."""
        client_ids, addresses = await self._found(user_id, asked.words.lower()) if asked.words else ((), ())
        query = DeviceQuery(
            words=asked.words,
            client_ids=client_ids,
            addresses=addresses,
            order=asked.order,
            group=asked.group,
            limit=PAGE_SIZE,
            offset=(asked.page - 1) * PAGE_SIZE,
        )
        return await self._store.device_page(user_id, query, self._clock())

    async def _found(self, user_id: str, words: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The clients and the addresses whose names or places contain ``words``."""
        origins = await self._store.device_origins(user_id, self._clock())
        clients = [await self._clients.client(one) for one in dict.fromkeys(o.client_id for o in origins)]
        return (
            tuple(one.client_id for one in clients if one is not None and words in one.name.lower()),
            tuple(
                address
                for address in dict.fromkeys(origin.address for origin in origins)
                if words in address or words in str(self._places.place(address) or "").lower()
            ),
        )
