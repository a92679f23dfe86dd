"""OpenID providers whose accounts people may sign in with."""

from collections.abc import Sequence
from typing import Protocol

from pairgrant_server.authorization_server.model.records import Upstream


class UpstreamStore(Protocol):
    async def put_upstream(self, upstream: Upstream) -> None:
        """Insert, or replace the one with the same name."""

    async def upstreams(self) -> Sequence[Upstream]:
        """Sorted by name."""

    async def remove_upstream(self, name: str) -> bool: ...
