"""docs/security.md names the tests that hold each measure; every one of them exists."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NAMED = sorted(set(re.findall(r"`(tests/[^`]+)`", (ROOT / "docs/security.md").read_text(encoding="utf-8"))))


@pytest.mark.parametrize("path", NAMED)
def test_test_named_in_the_security_document_exists(path: str) -> None:
    assert list(ROOT.glob(path))


def test_every_section_of_the_security_document_names_its_tests() -> None:
    sections = (ROOT / "docs/security.md").read_text(encoding="utf-8").split("\n## ")[1:]
    assert [section.partition("\n")[0] for section in sections if "tests/" not in section] == []
