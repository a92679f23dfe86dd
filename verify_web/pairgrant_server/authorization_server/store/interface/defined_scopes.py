"""Scopes that the operator has defined."""

from collections.abc import Sequence
from typing import Protocol

from pairgrant_server.authorization_server.model.defined_scope import DefinedScope


class DefinedScopeStore(Protocol):
    async def put_defined_scope(self, scope: DefinedScope) -> None:
        """Insert, or replace the one with the same name."""

    async def defined_scopes(self) -> Sequence[DefinedScope]:
        """Sorted by name."""

    async def remove_defined_scope(self, name: str) -> bool: ...
