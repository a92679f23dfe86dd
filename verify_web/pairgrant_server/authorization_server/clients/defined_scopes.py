"""The scopes that the operator has defined, beside the built-in ones or in place of their texts."""

import math
from collections.abc import Mapping

from pairgrant_server.authorization_server.clients.clients import STALE_SECONDS
from pairgrant_server.authorization_server.clock import Clock
from pairgrant_server.authorization_server.model.defined_scope import DefinedScope, checked_definition
from pairgrant_server.authorization_server.model.scopes import SCOPES
from pairgrant_server.authorization_server.store.errors import StoreUnavailableError
from pairgrant_server.authorization_server.store.interface.defined_scopes import DefinedScopeStore


class DefinedScopes:
    """Pages and metadata read ``known``, after ``refresh``."""

    def __init__(self, store: DefinedScopeStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._read_at = -math.inf
        self._was_read = False
        self.known: Mapping[str, DefinedScope] = {}
        """By name, in the order of the names; as it was at the last ``refresh``."""

    async def refresh(self) -> None:
        """Read the definitions again if they may be older than ``STALE_SECONDS``.

        While the database can't be reached, the last known ones are used: they are only texts.

        Raises:
            StoreUnavailableError: none are known yet, so a strong scope could look like an ordinary one.
        """
        now = self._clock()
        if 0 <= now - self._read_at < STALE_SECONDS:
            return
        try:
            known: Mapping[str, DefinedScope] = {
                scope.name: scope for scope in await self._store.defined_scopes()
            }
        except StoreUnavailableError:
            if not self._was_read:
                raise
            known = self.known
        self._read_at, self._was_read = now, True
        if known != self.known:
            self.known = known

    async def all(self) -> list[DefinedScope]:
        """Sorted by name, as they are now."""
        return list(await self._store.defined_scopes())

    async def define(self, scope: DefinedScope) -> None:
        """Add or replace a definition; other processes use it within seconds.

        Raises:
            ScopeDefinitionError: it is not valid.
        """
        await self._store.put_defined_scope(checked_definition(scope))
        self._read_at = -math.inf

    async def remove(self, name: str) -> bool:
        """Remove a definition; a built-in scope has its own texts again. Clients keep the scope."""
        removed = await self._store.remove_defined_scope(name)
        self._read_at = -math.inf
        return removed


def supported_scopes(defined: Mapping[str, DefinedScope]) -> list[str]:
    """What the metadata lists: the built-in scopes, then those that the operator defined."""
    return [*SCOPES, *(name for name in defined if name not in SCOPES)]
