"""Each check is seen failing by a switch of its own, and passing without one."""

import pytest

from pairgrant.doctor.catalogue import ALL_CHECKS
from pairgrant.doctor.checks import discovery
from pairgrant.doctor.finding import FindingVerdict
from pairgrant.doctor.record import Record
from tests.device.doctor.examined import CONFIDENTIAL, SkippingClock, findings_of, running

FAIL, WARN, PASS = FindingVerdict.FAIL, FindingVerdict.WARN, FindingVerdict.PASS

FAULTS = {
    "discovery.document": FAIL,
    "discovery.content-type": FAIL,
    "discovery.issuer": FAIL,
    "discovery.issuer:slash": WARN,
    "discovery.agreement": FAIL,
    "discovery.endpoints": FAIL,
    "discovery.secure-endpoints": FAIL,
    "discovery.secure-endpoints:fragment": FAIL,
    "discovery.same-origin": WARN,
    "discovery.grant-type": FAIL,
    "discovery.grant-type:missing": FAIL,
    "grants.password-listed": FAIL,
    "grants.implicit-listed": WARN,
    "grants.implicit-listed:grant": WARN,
    "grants.pkce": FAIL,
    "grants.pkce:plain": WARN,
    "grants.iss": WARN,
    "tokens.sender-constrained": WARN,
    "start.status": FAIL,
    "start.content-type": FAIL,
    "start.members": FAIL,
    "start.expires-in": FAIL,
    "start.expires-in:zero": FAIL,
    "start.interval": FAIL,
    "start.interval:milliseconds": WARN,
    "start.lifetime": WARN,
    "start.lifetime:short": WARN,
    "start.verification-uri": FAIL,
    "start.verification-uri:bare": FAIL,
    "start.verification-uri:long": WARN,
    "start.uri-without-code": FAIL,
    "start.complete-uri": WARN,
    "start.complete-uri:http": FAIL,
    "start.hidden-device-code": FAIL,
    "start.no-store": WARN,
    "start.unknown-parameter": FAIL,
    "start.empty-parameter": FAIL,
    "start.duplicate-parameter": FAIL,
    "start.form-only": WARN,
    "start.post-only": FAIL,
    "start.missing-client": FAIL,
    "start.unknown-client": FAIL,
    "start.unknown-client:page": FAIL,
    "start.wrong-secret": FAIL,
    "start.odd-bytes": FAIL,
    "codes.user-code-entropy": FAIL,
    "codes.alphabet": WARN,
    "codes.alphabet:case": WARN,
    "codes.alphabet:vowels": WARN,
    "codes.device-code-entropy": FAIL,
    "codes.distinct": FAIL,
    "codes.independent": FAIL,
    "poll.first": FAIL,
    "poll.first:ended": FAIL,
    "poll.pending-status": FAIL,
    "poll.pending-shape": FAIL,
    "poll.early": WARN,
    "poll.early:ended": FAIL,
    "poll.slow-down-status": FAIL,
    "poll.slow-down-recovers": FAIL,
    "poll.punctual": FAIL,
    "poll.slow-down-kept": WARN,
    "poll.twins": FAIL,
    "poll.twins:fault": FAIL,
    "poll.unknown-code": FAIL,
    "poll.missing-code": FAIL,
    "poll.user-code": FAIL,
    "poll.unknown-grant": FAIL,
    "poll.missing-grant": FAIL,
    "poll.missing-client": FAIL,
    "poll.unknown-client": FAIL,
    "poll.unknown-parameter": FAIL,
    "poll.duplicate-parameter": FAIL,
    "poll.post-only": FAIL,
    "poll.odd-bytes": FAIL,
    "poll.other-client": FAIL,
    "poll.other-client-harmless": FAIL,
    "tokens.issued": FAIL,
    "tokens.type": FAIL,
    "tokens.type:unknown": FAIL,
    "tokens.type:dpop": FAIL,
    "tokens.no-store": FAIL,
    "tokens.lifetime": WARN,
    "tokens.lifetime:text": FAIL,
    "tokens.lifetime:long": WARN,
    "tokens.scope": FAIL,
    "tokens.scope:list": FAIL,
    "tokens.rotation": FAIL,
    "tokens.rotation:refused": FAIL,
    "tokens.used-code": FAIL,
    "tokens.used-code:same": WARN,
    "tokens.used-code:error": FAIL,
    "tokens.replay-revokes": WARN,
    "tokens.once": FAIL,
    "denial.told": FAIL,
    "denial.told:pending": FAIL,
    "denial.final": FAIL,
    "decision.one": WARN,
    "decision.one:late-tokens": FAIL,
    "expiry.not-early": FAIL,
    "expiry.told": FAIL,
    "expiry.late-approval": FAIL,
    "page.opens": FAIL,
    "page.framing": FAIL,
    "page.link-opens": FAIL,
    "page.link-harmless": FAIL,
    "page.link-harmless:approves": FAIL,
    "page.referrer": WARN,
    "page.typed-codes": FAIL,
    "page.guess-limit": WARN,
    "grants.password": FAIL,
    "grants.password:fault": FAIL,
    "grants.redirect": FAIL,
    "grants.cors": FAIL,
    "grants.introspection": FAIL,
}
"""Fault -> the verdict of the check of that name; ``tls.issuer`` is tested below."""


def test_every_check_has_a_fault() -> None:
    with_fault = {fault.partition(":")[0] for fault in FAULTS} | {"tls.issuer"}
    assert with_fault == {check.id for check in ALL_CHECKS}


async def test_correct_server_passes_every_check() -> None:
    time = SkippingClock()
    with running(time.now) as server:
        findings = await findings_of(server, time)
    not_passed = {name: finding for name, finding in findings.items() if finding.verdict is not PASS}
    assert list(not_passed) == ["start.wrong-secret"]  # the client is public
    assert not_passed["start.wrong-secret"].observed == "The client has no secret."


async def test_correct_server_passes_every_check_with_a_confidential_client() -> None:
    time = SkippingClock()
    with running(time.now) as server:
        findings = await findings_of(server, time, **CONFIDENTIAL)
    not_passed = [name for name, finding in findings.items() if finding.verdict is not PASS]
    assert not_passed == ["tokens.rotation"]  # for public clients only


@pytest.mark.parametrize(("fault", "verdict"), FAULTS.items())
async def test_fault_is_found(fault: str, verdict: FindingVerdict) -> None:
    check = fault.partition(":")[0]
    changes = CONFIDENTIAL if check == "start.wrong-secret" else {}
    time = SkippingClock()
    with running(time.now, fault) as server:
        findings = await findings_of(server, time, check, **changes)
    finding = findings[check]
    assert (finding.verdict, finding.fix != "") == (verdict, True), finding.observed


def test_issuer_without_tls_is_a_failure() -> None:
    (check,) = (check for check in discovery.CHECKS if check.id == "tls.issuer")
    assert check.judge(Record(issuer="http://pair.example")).verdict is FAIL
    assert check.judge(Record(issuer="http://127.0.0.1:8628")).verdict is PASS
