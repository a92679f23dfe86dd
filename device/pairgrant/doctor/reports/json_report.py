"""The report for programs."""

import json

from pairgrant.doctor.expected_failures import Compared
from pairgrant.doctor.reports.summary import by_urgency, counts

SCHEMA = "pairgrant-doctor/1"
"""The number changes if a member is removed or changes its meaning; members may be added."""


def json_report(outcome: Compared, *, issuer: str, requests: int) -> str:
    """One JSON object."""
    return json.dumps(
        {
            "schema": SCHEMA,
            "issuer": issuer,
            "requests": requests,
            "summary": counts(outcome),
            "passing_although_expected_to_fail": list(outcome.cured),
            "findings": [
                {
                    "check": finding.check,
                    "title": finding.title,
                    "verdict": finding.verdict.value,
                    "is_expected": finding.is_expected,
                    "severity": finding.severity.value,
                    "section": finding.section,
                    "observed": finding.observed,
                    "sent": list(finding.sent),
                    "received": list(finding.received),
                    "fix": finding.fix,
                }
                for finding in by_urgency(outcome.findings)
            ],
        },
        indent=2,
    )
