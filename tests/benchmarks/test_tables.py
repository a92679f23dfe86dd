"""The tables of the benchmarks, and the places in docs/performance.md that they are written to."""

from pathlib import Path

import pytest

from benchmarks.__main__ import NAMES
from benchmarks.tables import NoSuchPlaceError, Table, replaced, write_into

DOCUMENT = "Before.\n<!-- poll -->\nold\n<!-- end of poll -->\nAfter.\n"
PERFORMANCE = Path(__file__).parents[2] / "docs" / "performance.md"


def test_a_table_is_markdown() -> None:
    table = Table(("what", "ms"), (("a", "1"), ("b", "2")), "Told so.")
    assert str(table) == "| what | ms |\n|---|---:|\n| a | 1 |\n| b | 2 |\n\nTold so."


def test_a_place_is_written_anew_and_nothing_else() -> None:
    written = replaced(DOCUMENT, "poll", r"new \1")
    assert written == DOCUMENT.replace("old", r"new \1")
    assert replaced(written, "poll", "old") == DOCUMENT


@pytest.mark.parametrize("document", ["no place", DOCUMENT + DOCUMENT])
def test_a_document_has_each_place_once(document: str) -> None:
    with pytest.raises(NoSuchPlaceError):
        replaced(document, "poll", "new")


def test_the_document_has_a_place_for_everything_that_is_measured(tmp_path: Path) -> None:
    copy = tmp_path / "performance.md"
    copy.write_text(PERFORMANCE.read_text())
    write_into(copy, {name: f"table of {name}" for name in (*NAMES, "machine")})
    assert all(f"<!-- {name} -->\ntable of {name}\n" in copy.read_text() for name in NAMES)
