"""The manual pages in deploy/man, held equal to the parsers."""

import shutil
import subprocess
from pathlib import Path

import pytest

from docs.man_pages import FOLDER, pages


def test_pages_are_those_that_the_parsers_make() -> None:
    written = {path.name: path.read_text() for path in FOLDER.iterdir()}
    assert written == pages(), "run: uv run python docs/man_pages.py"


@pytest.mark.skipif(shutil.which("man") is None, reason="man is not installed")
@pytest.mark.parametrize("page", sorted(FOLDER.iterdir()), ids=lambda path: path.stem)
def test_man_shows_a_page_without_a_warning(page: Path) -> None:
    done = subprocess.run(
        ["man", "--warnings=w", "--local-file", str(page)],
        env={"PATH": "/usr/bin:/bin", "MANWIDTH": "78", "LC_ALL": "C.UTF-8", "MANPAGER": "cat"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
    for section in ("NAME", "SYNOPSIS", "DESCRIPTION"):
        assert f"\n{section}\n" in done.stdout
    assert "--help" in done.stdout or page.stem == "pairgrant"
    for leftover in ("\\f", "\\-", "\\(", "%("):
        assert leftover not in done.stdout.replace("Ctrl+\\", "")
