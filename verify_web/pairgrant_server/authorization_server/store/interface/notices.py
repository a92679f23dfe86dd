"""Notices on the boards of users."""

from collections.abc import Sequence
from typing import Protocol

from pairgrant_server.authorization_server.model.records import Notice


class NoticeStore(Protocol):
    async def notices(self, user_id: str) -> Sequence[Notice]:
        """Newest first."""

    async def add_notice(self, notice: Notice, *, limit: int) -> bool:
        """False if the user's board already has ``limit`` notices, or the user was removed."""

    async def remove_notice(self, user_id: str, notice_id: str) -> bool: ...
