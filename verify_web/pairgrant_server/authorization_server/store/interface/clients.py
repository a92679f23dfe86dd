"""Client applications."""

from collections.abc import Sequence
from typing import Protocol

from pairgrant_server.authorization_server.model.records import Client


class ClientStore(Protocol):
    async def add_client(self, client: Client) -> bool:
        """False if the client_id is taken."""

    async def client(self, client_id: str) -> Client | None: ...

    async def clients(self) -> Sequence[Client]: ...

    async def replace_client(self, client: Client) -> bool:
        """Replace the client with the same client_id, whose tokens stay valid; False if there is none."""

    async def remove_client(self, client_id: str) -> bool:
        """Remove the client, its grants and its connected devices; False if there is none."""
