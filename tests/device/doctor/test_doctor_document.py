"""docs/doctor.md, held to the code."""

import re
from pathlib import Path

import pytest

from pairgrant.doctor.catalogue import ALL_CHECKS
from pairgrant.doctor.expected_failures import read_expected
from pairgrant.doctor.finding import FindingVerdict
from pairgrant.doctor.reports.json_report import SCHEMA

DOCUMENT = (Path(__file__).parents[3] / "docs" / "doctor.md").read_text()
KNOWN = sorted((Path(__file__).parents[2] / "interop" / "known_failures").glob("*.txt"))


def test_every_check_is_documented_in_order() -> None:
    rows = [line for line in DOCUMENT.splitlines() if line.startswith("| `")]
    described = [
        f"| `{check.id}` | {check.title} | {check.section} | {check.severity} |" for check in ALL_CHECKS
    ]
    assert [row for row in rows if "." in row.partition("|")[2].partition("|")[0]] == described


def test_every_verdict_is_documented() -> None:
    assert [verdict for verdict in FindingVerdict if f"| `{verdict}` |" not in DOCUMENT] == []


def test_version_of_the_schema_is_documented() -> None:
    assert f"`{SCHEMA}`" in DOCUMENT


@pytest.mark.parametrize("file", KNOWN, ids=lambda file: file.stem)
def test_known_failures_of_a_server_are_documented(file: Path) -> None:
    (row,) = (line for line in DOCUMENT.splitlines() if line.lower().startswith(f"| {file.stem}"))
    documented = set(re.findall(r"`(\w+\.[\w-]+)`", row))
    assert documented == read_expected(file)
