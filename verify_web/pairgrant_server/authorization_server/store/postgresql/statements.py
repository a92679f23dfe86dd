"""Builders of statements that serve many callers at once: arrays in, one row out for each item.

A batch is atomic, and a compare-and-set compares inside the statement: PostgreSQL checks the condition again
once it holds the row, so of two servers that want the same row exactly one wins.
"""

from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Any, get_args, get_type_hints

from pairgrant_server.authorization_server.store.sql.statements import names

GRANTS_CHANNEL = "pairgrant_grant"
"""The channel of ``NOTIFY``; the payload is the id of a changed grant in hexadecimal."""

_TYPES = {str: "text", bytes: "bytea", int: "bigint", float: "float8"}


def columns_and_types(record: type[Any], columns: Iterable[str]) -> dict[str, str]:
    """PostgreSQL's type for each of a record's columns; a scope is text."""
    hints = get_type_hints(record)
    return {column: "text" if column == "scope" else _type(hints[column]) for column in columns}


def _type(hint: Any) -> str:
    (kind,) = [kind for kind in get_args(hint) or (hint,) if kind is not type(None)]
    return "text" if issubclass(kind, Enum) else _TYPES[kind]


def given(columns: Mapping[str, str]) -> str:
    """The items of a batch as a table called ``given``; the statement takes one array per column."""
    arrays = ", ".join(f"${number}::{kind}[]" for number, kind in enumerate(columns.values(), start=1))
    return f"unnest({arrays}) AS given ({names(columns)})"
