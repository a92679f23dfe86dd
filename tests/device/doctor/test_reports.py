"""The four forms of the report: nothing secret is in them, and nothing of a server breaks out of them."""

import asyncio
import json
import unicodedata
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from pairgrant.doctor.expected_failures import Compared, compare, read_expected
from pairgrant.doctor.finding import Finding, FindingVerdict, Severity
from pairgrant.doctor.reports.html_report import html_report
from pairgrant.doctor.reports.json_report import json_report
from pairgrant.doctor.reports.junit_report import junit_report
from pairgrant.doctor.reports.text_report import text_report
from pairgrant.errors import DeviceSettingsError
from tests.device.doctor.examined import CONFIDENTIAL, SkippingClock, examination_of, running
from tests.device.doctor.faulty_server import HOSTILE, SECRET

ISSUER = 'https://pair.example/<"&'
MANY_FAULTS = (
    "hostile",
    "poll.unknown-code",
    "poll.missing-grant",
    "poll.duplicate-parameter",
    "poll.pending-status",
    "poll.slow-down-status",
    "start.no-store",
    "start.hidden-device-code",
    "start.uri-without-code",
    "codes.independent",
    "denial.told",
    "expiry.told",
    "tokens.no-store",
    "tokens.type",
    "tokens.once",
    "page.framing",
    "grants.redirect",
)


def finding(check: str, verdict: FindingVerdict, severity: Severity = Severity.LOW) -> Finding:
    return Finding(
        check, "A rule.", severity, "RFC 8628 §3", verdict, "Seen.", ("sent",), ("got",), "Mend it."
    )


def all_forms(outcome: Compared) -> dict[str, str]:
    return {
        "text": "\n".join(text_report(outcome, issuer=ISSUER, requests=1)),
        "json": json_report(outcome, issuer=ISSUER, requests=1),
        "junit": junit_report(outcome, issuer=ISSUER),
        "html": html_report(outcome, issuer=ISSUER, requests=1),
    }


@pytest.fixture(scope="module")
def hostile_outcome() -> tuple[Compared, set[str]]:
    """The outcome at a hostile server with many faults, and everything secret that was issued."""
    time = SkippingClock()
    with running(time.now, *MANY_FAULTS) as server:
        examination = asyncio.run(examination_of(server, time, **CONFIDENTIAL))
        codes = server.codes
    secrets = {code.device_code for code in codes} | {code.user_code for code in codes} | {SECRET}
    secrets |= {code.user_code.replace("-", "") for code in codes}
    secrets |= {token for code in codes for token in (code.access_token, code.refresh_token) if token}
    return compare(examination.findings(), frozenset()), secrets


def test_no_report_has_a_code_a_token_or_the_secret(
    hostile_outcome: tuple[Compared, set[str]],
) -> None:
    outcome, secrets = hostile_outcome
    failures = [one for one in outcome.findings if one.verdict is FindingVerdict.FAIL]
    assert len(failures) > 10
    for form, report in all_forms(outcome).items():
        assert [secret for secret in secrets if secret.lower() in report.lower()] == [], form


def test_text_of_a_server_has_no_control_characters(
    hostile_outcome: tuple[Compared, set[str]],
) -> None:
    outcome, _ = hostile_outcome
    for report in all_forms(outcome).values():
        assert {unicodedata.category(character) for character in report} & {"Cf", "Co", "Cs"} == set()
        assert "\x1b" not in report


def test_text_of_a_server_stays_text_in_html(hostile_outcome: tuple[Compared, set[str]]) -> None:
    class Tags(HTMLParser):
        seen: set[str] = set()  # noqa: RUF012 - one instance

        def handle_starttag(self, tag: str, attrs: object) -> None:
            self.seen.add(tag)

    page = all_forms(hostile_outcome[0])["html"]
    assert "&lt;script&gt;" in page
    tags = Tags()
    tags.feed(page)
    assert tags.seen & {"script", "b", "img", "iframe", "link"} == set()
    assert "src=" not in page
    assert "href=" not in page


def test_junit_report_is_well_formed_whatever_the_server_sends(
    hostile_outcome: tuple[Compared, set[str]],
) -> None:
    outcome, _ = hostile_outcome
    suite = ET.fromstring(all_forms(outcome)["junit"])
    assert int(suite.attrib["tests"]) == len(suite.findall("testcase")) == len(outcome.findings)
    assert int(suite.attrib["failures"]) == len(suite.findall("testcase/failure"))
    assert int(suite.attrib["skipped"]) == len(suite.findall("testcase/skipped"))


def test_lines_are_bounded_whatever_the_server_sends(
    hostile_outcome: tuple[Compared, set[str]],
) -> None:
    assert max(map(len, all_forms(hostile_outcome[0])["text"].splitlines())) < 3_000
    assert HOSTILE not in all_forms(hostile_outcome[0])["text"]


def test_failures_come_first_and_the_severest_before_the_others() -> None:
    outcome = compare(
        [
            finding("start.status", FindingVerdict.PASS),
            finding("start.members", FindingVerdict.FAIL),
            finding("poll.first", FindingVerdict.WARN, Severity.HIGH),
            finding("poll.early", FindingVerdict.FAIL, Severity.HIGH),
            finding("poll.twins", FindingVerdict.FAIL, Severity.HIGH),
        ],
        frozenset({"poll.twins"}),
    )
    lines = all_forms(outcome)["text"].splitlines()[2:-2]
    assert [line.split()[:2] for line in lines if not line.startswith(" ")] == [
        ["FAIL", "poll.early"],
        ["FAIL", "start.members"],
        ["known", "poll.twins"],
        ["warn", "poll.first"],
        ["pass", "start.status"],
    ]
    report = json.loads(all_forms(outcome)["json"])
    assert report["summary"] == {"pass": 1, "fail": 2, "expected_fail": 1, "warn": 1, "not_judged": 0}
    assert outcome.failed == ("start.members", "poll.early")


def test_known_failure_that_passes_counts_as_a_failure() -> None:
    outcome = compare([finding("poll.early", FindingVerdict.PASS)], frozenset({"poll.early"}))
    assert (outcome.is_good, outcome.cured) == (False, ("poll.early",))
    assert "poll.early is expected to fail and passes" in all_forms(outcome)["text"]
    assert "poll.early is expected to fail and passes" in all_forms(outcome)["html"]
    assert "<failure" in all_forms(outcome)["junit"]


@pytest.mark.parametrize("verdict", [FindingVerdict.WARN, FindingVerdict.NOT_JUDGED])
def test_known_failure_that_is_not_seen_counts_neither_way(verdict: FindingVerdict) -> None:
    assert compare([finding("poll.early", verdict)], frozenset({"poll.early"})).is_good


def test_file_of_known_failures_has_comments(tmp_path: Path) -> None:
    file = tmp_path / "known"
    file.write_text("# all\n\npoll.early  # tolerated\nexpiry.told\n")
    assert read_expected(file) == {"poll.early", "expiry.told"}


@pytest.mark.parametrize("content", [b"poll.nonesuch\n", b"\xff\xfe"])
def test_unusable_file_of_known_failures_is_named(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "known"
    file.write_bytes(content)
    with pytest.raises(DeviceSettingsError, match=r"^--expect can't be used: "):
        read_expected(file)


def test_missing_file_of_known_failures_is_named(tmp_path: Path) -> None:
    with pytest.raises(DeviceSettingsError, match="No such file"):
        read_expected(tmp_path / "none")
