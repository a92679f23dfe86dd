"""The report in the JUnit XML form that CI systems read; a warning is a passed case with output."""

import re
from xml.sax.saxutils import escape, quoteattr

from pairgrant.doctor.expected_failures import Compared
from pairgrant.doctor.finding import Finding, FindingVerdict
from pairgrant.doctor.reports.summary import by_urgency, counts

_NOT_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit_report(outcome: Compared, *, issuer: str) -> str:
    """One XML document."""
    found = counts(outcome)
    skipped = found["not_judged"] + found["expected_fail"]
    total, failures = len(outcome.findings), found["fail"] + len(outcome.cured)
    numbers = f'tests="{total}" failures="{failures}" errors="0" skipped="{skipped}"'
    cases = [_case(finding, outcome) for finding in by_urgency(outcome.findings)]
    return "\n".join(
        [
            '<?xml version="1.0" encoding="UTF-8"?>',
            f'<testsuite name="pairgrant doctor" {numbers}>',
            f'  <properties><property name="issuer" value={_attribute(issuer)}/></properties>',
            *cases,
            "</testsuite>",
        ]
    )


def _case(finding: Finding, outcome: Compared) -> str:
    name = f"<testcase classname={_attribute(finding.section)} name={_attribute(finding.check)}>"
    return f"  {name}{_result(finding, outcome)}</testcase>"


def _result(finding: Finding, outcome: Compared) -> str:
    message = _attribute(finding.observed)
    if finding.check in outcome.cured:
        return '<failure message="Expected to fail, and passes: remove it from the file."/>'
    if finding.is_expected:
        return f"<skipped message={_attribute(f'Known: {finding.observed}')}/>"
    match finding.verdict:
        case FindingVerdict.FAIL:
            return f"<failure message={message}>{_text(_details(finding))}</failure>"
        case FindingVerdict.NOT_JUDGED:
            return f"<skipped message={message}/>"
        case FindingVerdict.WARN:
            text = "\n".join([finding.observed, _details(finding)])
            return f"<system-out>{_text(text)}</system-out>"
        case FindingVerdict.PASS:
            return ""


def _details(finding: Finding) -> str:
    lines = [f"> {line}" for line in finding.sent] + [f"< {line}" for line in finding.received]
    return "\n".join([*lines, f"fix: {finding.fix}"])


def _text(text: str) -> str:
    return escape(_NOT_XML.sub("\ufffd", text))


def _attribute(text: str) -> str:
    return quoteattr(_NOT_XML.sub("\ufffd", text))
