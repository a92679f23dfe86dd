"""The numbers and the order that all forms of the report share."""

from collections import Counter
from collections.abc import Iterable

from pairgrant.doctor.expected_failures import Compared
from pairgrant.doctor.finding import Finding, FindingVerdict, Severity

_ORDER = (FindingVerdict.FAIL, FindingVerdict.WARN, FindingVerdict.NOT_JUDGED, FindingVerdict.PASS)
_SEVERITIES = (Severity.HIGH, Severity.MEDIUM, Severity.LOW)


def by_urgency(findings: Iterable[Finding]) -> list[Finding]:
    """Failures first, known ones after the others, and the severest first among each."""
    return sorted(
        findings,
        key=lambda finding: (
            _ORDER.index(finding.verdict),
            finding.is_expected,
            _SEVERITIES.index(finding.severity),
        ),
    )


def counts(outcome: Compared) -> dict[str, int]:
    """How many findings have each verdict; expected failures are counted apart."""
    found = Counter(
        "expected" if finding.is_expected else finding.verdict.value for finding in outcome.findings
    )
    return {
        "pass": found["pass"],
        "fail": found["fail"],
        "expected_fail": found["expected"],
        "warn": found["warn"],
        "not_judged": found["not judged"],
    }


def summary_line(outcome: Compared, requests: int) -> str:
    """All numbers in one sentence."""
    found = counts(outcome)
    known = f" ({found['expected_fail']} more known)" if found["expected_fail"] else ""
    return (
        f"{found['pass']} passed, {found['fail']} failed{known}, {found['warn']} to improve, "
        f"{found['not_judged']} not judged; {requests} requests."
    )
