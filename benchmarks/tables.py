"""Markdown tables, and the places in a document that they are written to."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Table:
    """One subject's table with ``note`` below it; the first column is text, the others are figures."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""

    def __str__(self) -> str:
        lines = [_row(self.head), "|---|" + "---:|" * (len(self.head) - 1), *map(_row, self.rows)]
        return "\n".join([*lines, *(["", self.note] if self.note else [])])


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


class NoSuchPlaceError(ValueError):
    """The document has no place for a table."""


def replaced(document: str, name: str, text: str) -> str:
    """``document`` with ``text`` between its comments ``<!-- name -->`` and ``<!-- end of name -->``.

    Raises:
        NoSuchPlaceError
    """
    start, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
    place = re.compile(re.escape(start) + ".*?" + re.escape(end), re.DOTALL)
    found, count = place.subn(lambda _match: f"{start}\n{text}\n{end}", document)
    if count != 1:
        raise NoSuchPlaceError(f"the document must hold {start} … {end} once")
    return found


def write_into(path: Path, texts: dict[str, str]) -> None:
    """Replace each named place of the file at once."""
    document = path.read_text(encoding="utf-8")
    for name, text in texts.items():
        document = replaced(document, name, text)
    path.write_text(document, encoding="utf-8")
