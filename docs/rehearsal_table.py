"""Writes the rehearsed attacks into docs/security.md: ``uv run python docs/rehearsal_table.py``."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PAGE = Path(__file__).parent / "security.md"
OUTCOMES = Path(__file__).parents[1] / "tests/phishing/outcomes.toml"
BEGIN = "<!-- Written by docs/rehearsal_table.py from tests/phishing/outcomes.toml: begin -->\n"
END = "<!-- Written by docs/rehearsal_table.py from tests/phishing/outcomes.toml: end -->\n"

_COLUMNS = {
    "open": "`open`",
    "standard": "`standard`",
    "required": "`standard` with `--number-match required`",
    "strict": "`strict`",
    "managed": "`managed`",
}


def written(page: str) -> str:
    """``page`` with the current table between its two markers."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    table = "\n".join(_lines(tomllib.loads(OUTCOMES.read_text(encoding="utf-8"))["attack"]))
    return f"{before}{BEGIN}\n{table}\n\n{END}{after}"


def _lines(rows: list[dict[str, Any]]) -> Iterator[str]:
    yield f"| Attack | {' | '.join(_COLUMNS.values())} | Why |"
    yield "|---" * (len(_COLUMNS) + 2) + "|"
    for row in rows:
        yield f"| {row['text']} | {' | '.join(_cell(row[column]) for column in _COLUMNS)} | {row['note']} |"


def _cell(results: str | list[str]) -> str:
    return results if isinstance(results, str) else " / ".join(dict.fromkeys(results))


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
