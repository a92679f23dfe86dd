"""Builders of SQL that both engines understand."""
# ruff: noqa: S608 - tables and columns are named in this package; values are always placeholders

from collections.abc import Collection, Iterable
from typing import Any

_KEYWORDS = frozenset({"interval"})
"""Columns that PostgreSQL takes for a keyword. Only these are quoted: SQLite reads an unknown quoted name as
a text, so that a missing column would go unnoticed.
"""


def name(column: str) -> str:
    return f'"{column}"' if column in _KEYWORDS else column


def names(columns: Iterable[str]) -> str:
    return ", ".join(map(name, columns))


def columns_of(record: type[Any]) -> str:
    """The columns of a record in the order of its fields.

    Not ``*``: a column that a newer version adds must not invalidate the prepared statements of a running
    server.
    """
    return names(record.__dataclass_fields__)


def selection(table: str, record: type[Any], rest: str) -> str:
    return f"SELECT {columns_of(record)} FROM {table} {rest}"


def selection_with_account(table: str, columns: Iterable[str], rest: str) -> str:
    """``columns``, and last whether the account of each row is locked; NULL if there is none."""
    locked = f"(SELECT locked FROM users WHERE users.user_id = {table}.user_id)"
    return f"SELECT {names(columns)}, {locked} AS is_locked FROM {table} {rest}"


def places(columns: Collection[str], *, first: int = 1) -> str:
    """Placeholders for the values of ``columns``; ``first`` is the number of the first one."""
    return ", ".join(f"${number}" for number in range(first, first + len(columns)))


def insertion(table: str, columns: Collection[str]) -> str:
    """One row; its values in the order of ``columns``."""
    return f"INSERT INTO {table} ({names(columns)}) VALUES ({places(columns)})"


def insertion_unless_taken(table: str, columns: Collection[str], key: str) -> str:
    """``insertion`` that changes nothing if another row has the same ``key``."""
    return f"{insertion(table, columns)} ON CONFLICT ({key}) DO NOTHING"


def replacement(table: str, columns: Collection[str], key: str) -> str:
    """``insertion`` that replaces the row with the same ``key``."""
    changes = ", ".join(f"{name(column)} = excluded.{name(column)}" for column in columns)
    return f"{insertion(table, columns)} ON CONFLICT ({key}) DO UPDATE SET {changes}"


def update(table: str, columns: Collection[str]) -> str:
    """All columns of the row that the first one identifies; its values in the order of ``columns``."""
    key, *others = columns
    changes = ", ".join(f"{name(column)} = ${number}" for number, column in enumerate(others, start=2))
    return f"UPDATE {table} SET {changes} WHERE {key} = $1"


RAISE_INTERVAL = 'UPDATE device_grants SET "interval" = $2 WHERE grant_id = $1 AND "interval" < $2'
CANCEL_GRANT = (
    "UPDATE device_grants SET status = 'denied', cancelled_at = $2"
    " WHERE grant_id = $1 AND status IN ('pending', 'approved') AND expires_at > $2"
)
USE_GRANT_REPLAY = (
    "UPDATE device_grants SET replay = NULL"
    " WHERE grant_id = $1 AND status = 'redeemed' AND replay IS NOT NULL"
)
