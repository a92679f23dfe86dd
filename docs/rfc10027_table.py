"""Writes the 17 mitigations of RFC 10027 into docs/security.md: ``uv run python docs/rfc10027_table.py``."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pairgrant_server.authorization_server.risk.mitigations import MITIGATIONS

PAGE = Path(__file__).parent / "security.md"
RULES = Path(__file__).parents[1] / "tests/rules/rfc10027.toml"
BEGIN = "<!-- Written by docs/rfc10027_table.py from tests/rules/rfc10027.toml: begin -->\n"
END = "<!-- Written by docs/rfc10027_table.py from tests/rules/rfc10027.toml: end -->\n"


def mitigation_rules() -> list[dict[str, Any]]:
    """The rules of the table that are mitigations, in the RFC's order."""
    table = tomllib.loads(RULES.read_text(encoding="utf-8"))
    return [rule for rule in table["rule"] if "feature" in rule]


def written(page: str) -> str:
    """``page`` with the current table between its two markers."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    table = "\n".join(_lines())
    return f"{before}{BEGIN}\n{table}\n\n{END}{after}"


def _lines() -> Iterator[str]:
    yield "| § | Mitigation | Does | Here | Setting | Limit | Tests |"
    yield "|---|---|---|---|---|---|---|"
    for mitigation, rule in zip(MITIGATIONS, mitigation_rules(), strict=True):
        effects = ", ".join(mitigation.effects)
        cells = (rule["section"], mitigation.name, effects, rule["feature"], rule["setting"], rule["limit"])
        yield f"| {' | '.join(cells)} | {_tests(rule)} |"


def _tests(rule: dict[str, Any]) -> str:
    files = dict.fromkeys(test.partition("::")[0] for test in rule["tests"])
    return ", ".join(f"`{file}`" for file in files) or f"none: {rule['not_testable']}"


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
