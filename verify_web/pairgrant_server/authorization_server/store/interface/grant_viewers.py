"""Who looked a code up (RFC 10027: unique codes)."""

from collections.abc import Sequence
from typing import Protocol

from pairgrant_server.authorization_server.model.risk_records import GrantViewer


class GrantViewerStore(Protocol):
    async def add_grant_viewer(self, viewer: GrantViewer) -> bool:
        """Insert, or replace the viewer with the same browser.

        False once a grant has 50 others of its kind: with an account, or without. Other processes are told.
        """

    async def grant_viewers(self, grant_id: bytes) -> Sequence[GrantViewer]: ...
