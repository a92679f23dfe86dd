"""The report for people: one line a finding, failures first, each with what to do."""

from pairgrant.doctor.expected_failures import Compared
from pairgrant.doctor.finding import Finding, FindingVerdict
from pairgrant.doctor.reports.summary import by_urgency, summary_line

_WORDS = {
    FindingVerdict.FAIL: "FAIL",
    FindingVerdict.WARN: "warn",
    FindingVerdict.NOT_JUDGED: "----",
    FindingVerdict.PASS: "pass",
}


def text_report(outcome: Compared, *, issuer: str, requests: int) -> list[str]:
    """The lines of the report."""
    lines = [f"Examined {issuer}", ""]
    for finding in by_urgency(outcome.findings):
        lines += _lines(finding)
    lines += [""]
    lines += [f"{check} is expected to fail and passes: remove it from the file." for check in outcome.cured]
    return [*lines, summary_line(outcome, requests)]


def _lines(finding: Finding) -> list[str]:
    word = "known" if finding.is_expected else _WORDS[finding.verdict]
    first = f"{word:5} {finding.check:26} {finding.observed} [{finding.section}; {finding.severity}]"
    if finding.verdict in {FindingVerdict.PASS, FindingVerdict.NOT_JUDGED}:
        return [f"{word:5} {finding.check:26} {finding.observed}"]
    exchanges = [
        line
        for sent, received in zip(finding.sent, finding.received, strict=True)
        for line in (f"        > {sent}", f"        < {received}")
    ]
    return [first, *exchanges, f"        fix: {finding.fix}"]
