"""Sessions of browsers."""

from typing import Protocol

from pairgrant_server.authorization_server.model.records import WebSession


class SessionStore(Protocol):
    async def put_session(self, session: WebSession) -> None:
        """Insert, or replace the session with the same digest."""

    async def session(self, session_digest: bytes) -> WebSession | None: ...

    async def remove_session(self, session_digest: bytes) -> None: ...
