"""The report as one page without scripts or anything to load; everything in it is escaped."""

from html import escape

from pairgrant.doctor.expected_failures import Compared
from pairgrant.doctor.finding import Finding
from pairgrant.doctor.reports.summary import by_urgency, summary_line

_STYLE = """
:root { color-scheme: light dark }
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem }
table { border-collapse: collapse; width: 100% }
th, td { border-bottom: 1px solid #8886; padding: .4rem .6rem; text-align: left; vertical-align: top }
pre { margin: .3rem 0; overflow-wrap: anywhere; white-space: pre-wrap }
.fail td:first-child { background: #b3261e; color: #fff }
.warn td:first-child { background: #8a5a00; color: #fff }
"""


def html_report(outcome: Compared, *, issuer: str, requests: int) -> str:
    """One HTML document."""
    rows = "\n".join(_row(finding) for finding in by_urgency(outcome.findings))
    cured = "".join(
        f"<p>{escape(check)} is expected to fail and passes: remove it from the file.</p>\n"
        for check in outcome.cured
    )
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>pairgrant doctor: {escape(issuer)}</title>
<style>{_STYLE}</style>
</head>
<body>
<h1>Device authorization grant at {escape(issuer)}</h1>
<p>{escape(summary_line(outcome, requests))}</p>
{cured}<table>
<thead><tr><th>Verdict</th><th>Check</th><th>Finding</th><th>Section</th><th>Severity</th></tr></thead>
<tbody>
{rows}
</tbody>
</table>
</body>
</html>
"""


def _row(finding: Finding) -> str:
    verdict = "known failure" if finding.is_expected else finding.verdict.value
    kind = "known" if finding.is_expected else finding.verdict.value.replace(" ", "-")
    exchanges = "\n".join(
        f"&gt; {escape(sent)}\n&lt; {escape(received)}"
        for sent, received in zip(finding.sent, finding.received, strict=True)
    )
    details = f"<pre>{exchanges}</pre>" if exchanges else ""
    fix = f"<p>Fix: {escape(finding.fix)}</p>" if finding.fix else ""
    return (
        f'<tr class="{kind}"><td>{escape(verdict)}</td><td>{escape(finding.check)}</td>'
        f"<td><strong>{escape(finding.title)}</strong><br>{escape(finding.observed)}{fix}{details}</td>"
        f"<td>{escape(finding.section)}</td><td>{finding.severity.value}</td></tr>"
    )
