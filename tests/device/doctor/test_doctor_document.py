"""docs/doctor.md, held to the code."""

from pathlib import Path

from pairgrant.doctor.catalogue import ALL_CHECKS
from pairgrant.doctor.finding import FindingVerdict
from pairgrant.doctor.reports.json_report import SCHEMA

DOCUMENT = (Path(__file__).parents[3] / "docs" / "doctor.md").read_text()


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
