"""docs/providers.md has the table of the presets, and names every key of a file."""

import re
from pathlib import Path

from docs.provider_table import BEGIN, END, PAGE, written
from pairgrant.providers import preset_parser


def test_table_of_presets_is_that_of_the_files() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert page.count(BEGIN) == page.count(END) == 1
    assert page == written(page), "run: uv run python docs/provider_table.py"


def test_every_key_of_a_preset_is_documented() -> None:
    source = Path(preset_parser.__file__).read_text(encoding="utf-8")
    read = set(re.findall(r'table\.\w+\(\s*"(\w+)"', source))
    documented = set(re.findall(r"`(?:\w+\.)*(\w+)`", PAGE.read_text(encoding="utf-8")))
    assert len(read) > 40
    assert read - documented == set()
