"""What both engines can do with one SQL text: read rows, change them, and change several of them or none."""

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

from pairgrant_server.authorization_server.store.sql.rows import Row


class Statement(NamedTuple):
    """SQL with the placeholders ``$1``, ``$2``, …, and their values."""

    text: str
    values: tuple[Any, ...] = ()


class Database(Protocol):
    """A database of either engine. Each call is one transaction; a change has returned only when it is
    durable.

    Raises (every method): StoreUnavailableError, UnstorableError; see ``interface/store.py``.
    """

    async def rows(self, text: str, *values: Any) -> Sequence[Row]:
        """The rows that a SELECT finds; none if the engine can't store one of the values."""

    async def row(self, text: str, *values: Any) -> Row | None:
        """The first of them."""

    async def change(self, text: str, *values: Any) -> bool:
        """Whether the statement changed a row."""

    async def change_by_key(self, text: str, *values: Any) -> bool:
        """Like ``change``, but False if the engine can't store a value, because no row has such a key."""

    async def changed_row(self, text: str, *values: Any) -> Row | None:
        """The first row that an UPDATE … RETURNING changed."""

    async def change_all(self, *statements: Statement) -> bool:
        """All of the statements, if each of them changes a row; else none of them, and False."""

    async def change_together(
        self, *statements: Statement, grant_id: bytes | None = None
    ) -> tuple[bool, ...]:
        """All of the statements in one transaction, whether or not each changes a row; which of them did.

        Other processes are told that the grant ``grant_id`` may have changed.
        """

    async def change_and_follow(self, first: Statement, *others: Statement) -> bool:
        """``first``, and in the same transaction the others, which may change no row.

        False, and none of them, if ``first`` changes no row.
        """

    async def change_locked(self, lock: Statement, change: Statement) -> bool:
        """``change`` after ``lock``, so that calls with the same lock run one after the other.

        A database with one writer (SQLite) skips the lock.
        """

    async def remove_with_dependents(self, text: str, *key: Any) -> bool:
        """Like ``change_by_key`` for a DELETE that cascades, which may take up to a minute."""
