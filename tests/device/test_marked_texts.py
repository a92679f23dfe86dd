"""Every sentence of the device's screens and plain text is marked for translation."""

import ast
import re
from pathlib import Path

import pytest

from pairgrant.translation import LOCALE

MARKS = {"gettext", "ngettext", "pgettext", "Translatable"}
NOT_FOR_PEOPLE = {"json_events.py", "qr_code.py"}
"""Files with texts for programs, and styles."""


def unmarked_sentences(file: Path) -> list[str]:
    """Texts of ``file`` that begin as a sentence does, and that no function marks; docstrings are none."""
    tree = ast.parse(file.read_text())
    known: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in MARKS:
            known.update(part for argument in node.args for part in ast.walk(argument))
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            known.add(node.value)
    return [
        f"{file.name}:{node.lineno}: {node.value}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in known
        if re.match(r"[^a-z]*[A-Z].*[A-Za-z'] [a-z]{2}", node.value)
    ]


@pytest.mark.parametrize("place", ["tui", "text", "ui_texts.py"])
def test_every_sentence_of_screens_and_plain_text_is_marked(place: str) -> None:
    where = LOCALE.parent / place
    files = sorted(where.rglob("*.py")) if where.is_dir() else [where]
    found = [text for file in files if file.name not in NOT_FOR_PEOPLE for text in unmarked_sentences(file)]
    assert found == [], "Mark them as CONTRIBUTING.md says, `A text that a person reads`."
