"""Every link of the documentation leads to a file, and to a heading, that exists."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [
    *sorted(page for page in ROOT.glob("*.md")),
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted((ROOT / "deploy").glob("*.md")),
]

_LINK = re.compile(r"\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_CODE_BLOCK = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


def text_of(page: Path) -> str:
    return _CODE_BLOCK.sub("", page.read_text(encoding="utf-8"))


def anchor_of(heading: str) -> str:
    """The anchor that GitHub gives a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_to_a_file_and_heading_that_exist(page: Path) -> None:
    broken = []
    for link in _LINK.findall(text_of(page)):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        headings = [] if target.suffix != ".md" or not target.is_file() else _HEADING.findall(text_of(target))
        if not target.exists() or (anchor and anchor not in map(anchor_of, headings)):
            broken.append(link)
    assert broken == [], f"{page.name}: correct these links, or the names that they use"


def test_every_file_that_contributing_names_exists() -> None:
    tracked = [
        file.relative_to(ROOT).as_posix()
        for folder in ("shared", "device", "verify_web", "tests", "docs")
        for file in (ROOT / folder).rglob("*.*")
    ] + [file.name for file in ROOT.glob("*.*")]
    named = re.findall(r"`([a-z_/0-9]+\.(?:py|md|toml|sql|html))`", (ROOT / "CONTRIBUTING.md").read_text())
    missing = [name for name in named if not any(f"/{file}".endswith(f"/{name}") for file in tracked)]
    assert missing == [], "correct the recipe in CONTRIBUTING.md"
