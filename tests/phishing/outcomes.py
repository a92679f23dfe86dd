"""What each attack comes to under each policy: ``outcomes.toml``, which docs/rehearsal_table.py prints."""

import tomllib
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("outcomes.toml")
ROWS: list[dict[str, Any]] = tomllib.loads(FILE.read_text(encoding="utf-8"))["attack"]
"""``attack`` names the function of ``attacks``, or the test of a row that has one of its own."""


def row(attack: str) -> dict[str, Any]:
    (found,) = (row for row in ROWS if row["attack"] == attack)
    return found
