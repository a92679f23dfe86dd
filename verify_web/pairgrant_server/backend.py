"""Opens what operator commands and the server both need: the database, its key, and the services."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, nullcontext
from dataclasses import dataclass

from pairgrant_server.accounts.passwords import Passwords, hashes_at_a_time
from pairgrant_server.accounts.people import People
from pairgrant_server.authorization_server.build import AuthorizationServerParts, assemble
from pairgrant_server.authorization_server.clock import system_clock
from pairgrant_server.authorization_server.places.places import NO_PLACES, Places
from pairgrant_server.authorization_server.secrets.server_key import ServerKey
from pairgrant_server.authorization_server.store.interface.store import Store
from pairgrant_server.authorization_server.store.sqlite.store import SqliteStore
from pairgrant_server.missing_extra import require_extra
from pairgrant_server.resource_server.notice_boards import NoticeBoards
from pairgrant_server.security_events import known_places
from pairgrant_server.server_key_file import load_server_key
from pairgrant_server.settings import Settings


@dataclass(frozen=True, slots=True)
class Backend:
    settings: Settings
    store: Store
    server_key: ServerKey
    parts: AuthorizationServerParts
    people: People
    board: NoticeBoards


async def _open_store(settings: Settings, *, serving: bool) -> Store:
    """The engine that the database URL names; the PostgreSQL driver is imported only when it is needed."""
    path = settings.sqlite_path
    if path is not None:
        return SqliteStore.open(path, serving=serving)
    require_extra("postgresql", ("asyncpg",), "The PostgreSQL driver")
    from pairgrant_server.authorization_server.store.postgresql.store import PostgresqlStore  # noqa: PLC0415

    return await PostgresqlStore.open(settings.database)


@contextmanager
def _open_places(settings: Settings) -> Iterator[Places]:
    if not settings.geoip_files:
        yield NO_PLACES
        return
    from pairgrant_server.authorization_server.places.mmdb import MmdbPlaces  # noqa: PLC0415 - seldom needed

    places = MmdbPlaces.open(settings.geoip_files)
    known_places.of = places.place
    try:
        yield places
    finally:
        known_places.of = None
        places.close()


@asynccontextmanager
async def open_backend(settings: Settings, *, serving: bool = False) -> AsyncIterator[Backend]:
    """The open database with its services.

    ``serving`` locks an SQLite file for this server process, and opens the files of places.

    Raises:
        DatabaseError, MissingExtraError, PlacesError, ServerKeyError, UnreadableKeyError: the text says what
            to do.
    """
    with _open_places(settings) if serving else nullcontext(NO_PLACES) as places:
        async with _open_services(settings, places, serving=serving) as backend:
            yield backend


@asynccontextmanager
async def _open_services(settings: Settings, places: Places, *, serving: bool) -> AsyncIterator[Backend]:
    store = await _open_store(settings, serving=serving)
    passwords = Passwords(threads=hashes_at_a_time(settings.workers))
    try:
        server_key = load_server_key(settings.server_key_path, may_create=not await store.signing_keys())
        parts = await assemble(store, server_key, settings.for_server(), places=places)
        people = People(store, passwords, system_clock, settings.password_rules)
        board = NoticeBoards(store, system_clock)
        yield Backend(settings, store, server_key, parts, people, board)
    finally:
        passwords.close()
        await store.close()
