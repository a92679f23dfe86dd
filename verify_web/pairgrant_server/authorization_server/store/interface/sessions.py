"""Sessions of browsers, and the pairings that they looked up."""

from collections.abc import Sequence
from typing import Protocol

from pairgrant_server.authorization_server.model.records import SessionPairing, WebSession


class SessionStore(Protocol):
    async def add_session(self, session: WebSession) -> bool:
        """False if there is one with the same digest, unless it had expired at ``session.created_at``."""

    async def session(self, session_digest: bytes) -> WebSession | None: ...

    async def set_session_upstream(
        self, session_digest: bytes, sealed: bytes, *, expected: bytes | None
    ) -> bool:
        """Replace the sign-in that is under way, if it is still the ``expected`` one."""

    async def supersede_session(
        self, ended: WebSession, successor: WebSession | None, pairings: Sequence[SessionPairing]
    ) -> bool:
        """``ended`` replaces the session with its digest, whose pairings go; ``successor`` begins with
        ``pairings``.

        False, and nothing of it, if that session has a successor and had not expired at
        ``ended.created_at``.
        """

    async def remove_session(self, session_digest: bytes) -> None: ...

    async def put_session_pairing(self, pairing: SessionPairing) -> bool:
        """Insert, or replace the session's pairing with the same grant; its oldest beyond 8 are removed.

        False if the session does not exist, or has ended.
        """

    async def session_pairings(self, session_digest: bytes) -> Sequence[SessionPairing]:
        """The newest first."""
