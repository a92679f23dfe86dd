"""docs/security.md: each measure names tests that exist, and the events are those of the vocabulary."""

import ast
import re
import tomllib
from pathlib import Path

import pytest

from pairgrant_server.security_events import COUNTED, SecurityEvent

ROOT = Path(__file__).parents[2]
DOCUMENT = (ROOT / "docs/security.md").read_text(encoding="utf-8")
SECTIONS = {
    title: text for title, _, text in (section.partition("\n") for section in DOCUMENT.split("\n## ")[1:])
}
PATH = re.compile(r"`(tests/[^`]+)`")
EVENT = re.compile(r"`([a-z_]+\.[a-z_]+)`")


def rows(section: str) -> list[list[str]]:
    """The cells of each row of the section's table, without its head."""
    lines = [line for line in SECTIONS[section].splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def has_test(file: Path) -> bool:
    """Whether pytest collects a test from ``file``: a function, or a method of a class, of a test's name.

    A table of rules has tests if its rules name some; tests/protocol/test_rules_table.py finds them.
    """
    text = file.read_text(encoding="utf-8")
    if file.suffix == ".toml":
        return any(rule.get("tests") for rule in tomllib.loads(text)["rule"])
    found = ast.parse(text).body
    found += [
        node
        for test_class in found
        if isinstance(test_class, ast.ClassDef) and test_class.name.startswith("Test")
        for node in test_class.body
    ]
    return any(
        isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")
        for node in found
    )


@pytest.mark.parametrize("path", sorted(set(PATH.findall(DOCUMENT))))
def test_path_named_in_the_security_document_has_tests(path: str) -> None:
    found = list(ROOT.glob(path))
    assert found, "there is no such file or folder"
    for file in found:
        tests = [*file.rglob("test_*.py"), *file.rglob("*.toml")] if file.is_dir() else [file]
        assert any(map(has_test, tests)), file


@pytest.mark.parametrize("threat", rows("Overview"), ids=lambda row: row[0][:40])
def test_each_threat_names_its_tests_in_the_last_column(threat: list[str]) -> None:
    assert len(threat) == 4
    assert PATH.findall(threat[-1])


def test_every_section_of_the_security_document_names_its_tests() -> None:
    assert [title for title, text in SECTIONS.items() if "tests/" not in text] == []


def test_table_of_events_has_each_event_of_the_vocabulary_once() -> None:
    named = [event for row in rows("Events") for event in EVENT.findall(row[0])]
    assert sorted(named) == sorted(SecurityEvent)


def test_events_said_to_be_counted_are_the_counted_ones() -> None:
    (sentence,) = re.findall(r"Anyone can cause (.*?) at any\s+rate", SECTIONS["Events"], re.DOTALL)
    assert set(EVENT.findall(sentence)) == COUNTED
