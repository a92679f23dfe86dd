"""The store: the sum of its parts. Every change is one atomic statement or transaction.

A method that changes something returns once the change is durable. Methods that change something and return
``bool`` are compare-and-sets: exactly one caller gets True, on any number of tasks and processes.

Raises (every method):
    StoreUnavailableError: the database can't be reached or can't write; nothing of the call has happened. The
        one exception: when the connection to a database server breaks between a change and its
        acknowledgement, the change has happened as a whole or not at all, and the store can't tell which. It
        is never retried silently. The caller may retry: if the change was made, the second compare-and-set
        loses.
    UnstorableError: the engine can't store a value of the call; nothing of the call has happened. A look-up
        by such a value finds nothing and does not raise.
"""

from collections.abc import Callable
from typing import Protocol

from pairgrant_server.authorization_server.store.interface.attempts import AttemptStore
from pairgrant_server.authorization_server.store.interface.authorization_grants import AuthorizationGrantStore
from pairgrant_server.authorization_server.store.interface.clients import ClientStore
from pairgrant_server.authorization_server.store.interface.connected_devices import ConnectedDeviceStore
from pairgrant_server.authorization_server.store.interface.consents import ConsentStore
from pairgrant_server.authorization_server.store.interface.defined_scopes import DefinedScopeStore
from pairgrant_server.authorization_server.store.interface.device_grants import DeviceGrantStore
from pairgrant_server.authorization_server.store.interface.device_keys import DeviceKeyStore
from pairgrant_server.authorization_server.store.interface.device_lists import DeviceListStore
from pairgrant_server.authorization_server.store.interface.device_removals import DeviceRemovalStore
from pairgrant_server.authorization_server.store.interface.grant_viewers import GrantViewerStore
from pairgrant_server.authorization_server.store.interface.identities import IdentityStore
from pairgrant_server.authorization_server.store.interface.initial_access_tokens import (
    InitialAccessTokenStore,
)
from pairgrant_server.authorization_server.store.interface.notices import NoticeStore
from pairgrant_server.authorization_server.store.interface.reports import ReportStore
from pairgrant_server.authorization_server.store.interface.sessions import SessionStore
from pairgrant_server.authorization_server.store.interface.signing_keys import SigningKeyStore
from pairgrant_server.authorization_server.store.interface.spent_identifiers import SpentIdentifierStore
from pairgrant_server.authorization_server.store.interface.upstreams import UpstreamStore
from pairgrant_server.authorization_server.store.interface.users import UserStore


class Store(
    ClientStore,
    UserStore,
    DeviceGrantStore,
    AuthorizationGrantStore,
    ConsentStore,
    SpentIdentifierStore,
    ConnectedDeviceStore,
    DeviceRemovalStore,
    DeviceListStore,
    SessionStore,
    AttemptStore,
    SigningKeyStore,
    InitialAccessTokenStore,
    UpstreamStore,
    DefinedScopeStore,
    IdentityStore,
    GrantViewerStore,
    DeviceKeyStore,
    ReportStore,
    NoticeStore,
    Protocol,
):
    """All parts, as an engine offers them; a service depends on the parts that it needs."""

    def listen(self, on_change: Callable[[bytes | None], None]) -> None:
        """Call ``on_change`` in this event loop's thread when another process may have changed a grant, until
        ``close``.

        The argument is the grant's id, or None if any grant may have changed. A call is only a hint: it may
        be late, repeated or needless, and changes by this process need not be reported.
        """

    async def sweep(self, now: float) -> int:
        """Remove rows that expired long enough ago; return the number of rows removed."""

    async def close(self) -> None:
        """Write what is queued and release the database."""
