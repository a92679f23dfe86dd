"""``SqliteDatabase.find`` reads one row and leaves its cursor: a second row would keep the snapshot."""

import re
import sqlite3
from importlib import import_module
from pathlib import Path

import pytest

from pairgrant_server.authorization_server.store import sqlite
from pairgrant_server.authorization_server.store.sqlite.database import sqlite_text
from pairgrant_server.authorization_server.store.sqlite.store import SqliteStore

_FOUND = [
    (file.stem, name)
    for file in sorted(Path(sqlite.__file__).parent.glob("*.py"))
    for name in re.findall(r"(?:find|_poll)\((_\w+)", file.read_text())
]
_KEY = re.compile(r"SEARCH (\w+) USING (?:(?:COVERING )?INDEX (\w+)|(?:INTEGER )?PRIMARY KEY) \((.*)\)")


def _is_of_one_row(connection: sqlite3.Connection, text: str) -> bool:
    """Whether it is a sum, or its table is searched by the whole of a unique key."""
    if re.match(r"SELECT coalesce\(sum\(", text):
        return True
    plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {text}", ["x"] * text.count("?"))]
    keys = [_KEY.match(line) for line in plan if "SUBQUERY" not in line]
    return bool(keys) and all(key is not None and _is_unique(connection, *key.groups()) for key in keys)


def _is_unique(connection: sqlite3.Connection, table: str, index: str | None, terms: str) -> bool:
    """Whether ``terms`` names all columns of this unique index, or of the primary key if it is None."""
    if index is None:
        columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})") if row[5]]
    elif any(row[1] == index and row[2] for row in connection.execute(f"PRAGMA index_list({table})")):
        columns = [row[2] for row in connection.execute(f"PRAGMA index_info({index})")]
    else:
        return False
    return terms in {"rowid=?", " AND ".join(f"{column}=?" for column in columns)}


@pytest.mark.parametrize(("module", "name"), _FOUND)
async def test_statement_that_is_read_by_find_has_one_row_at_most(
    tmp_path: Path, module: str, name: str
) -> None:
    store = SqliteStore.open(tmp_path / "pairgrant.db")
    await store.close()
    connection = sqlite3.connect(tmp_path / "pairgrant.db")
    try:
        text = sqlite_text(getattr(import_module(f"{sqlite.__name__}.{module}"), name))
        assert _is_of_one_row(connection, text)
        assert not _is_of_one_row(connection, "SELECT * FROM device_grants WHERE client_id = ?1")
        assert not _is_of_one_row(connection, "SELECT * FROM device_grants")
    finally:
        connection.close()


def test_statements_of_find_are_known() -> None:
    assert {("device_grants", "_GRANT_BY_USER_CODE"), ("device_grants", "_APPROVED_GRANT")} <= {*_FOUND}
