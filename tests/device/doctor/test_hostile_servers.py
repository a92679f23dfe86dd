"""A server that sends anything at all never stops the doctor, and never keeps it."""

import pytest

from pairgrant.doctor.finding import FindingVerdict
from tests.device.doctor.examined import SkippingClock, findings_of, running

FAIL, PASS = FindingVerdict.FAIL, FindingVerdict.PASS
ODD = {
    "null": None,
    "a list": [["a"]],
    "an object": {"error": {"error": 1}},
    "a huge number": 10**400,
    "a negative number": -1,
    "true": True,
    "nothing": "",
    "controls": "\x00\x1b[2J\u202e\ud800",
    "a long text": "a" * 100_000,
    "a broken address": "http://[::1",
}


@pytest.mark.parametrize("value", ODD.values(), ids=ODD)
@pytest.mark.parametrize("path", ["well-known", "device_authorization", "token"])
async def test_odd_members_end_as_findings(path: str, value: object) -> None:
    time = SkippingClock()
    with running(time.now) as server:
        server.odd = {path: value}
        findings = await findings_of(server, time, is_thorough=False)
    assert FAIL in {finding.verdict for finding in findings.values()}


@pytest.mark.parametrize("interval", [86_400, 1e300, float("inf"), -5, True, [5], 10**400])
async def test_no_interval_makes_the_doctor_wait_for_long(interval: object) -> None:
    time = SkippingClock()
    with running(time.now) as server:
        server.changes = {"interval": interval}
        began = time.time
        findings = await findings_of(server, time, "poll", "tokens", "denial", "decision", is_thorough=False)
        assert time.time - began < 600
    assert {finding.verdict for finding in findings.values()} <= {PASS, FindingVerdict.NOT_JUDGED}


async def test_server_that_always_says_slow_down_is_given_up() -> None:
    time = SkippingClock()
    with running(time.now, "always-slow") as server:
        began = time.time
        findings = await findings_of(server, time, "tokens", "denial", is_thorough=False)
        assert time.time - began < 1_500
    assert findings["tokens.issued"].verdict is FAIL
