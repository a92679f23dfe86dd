"""Reports of three people within an hour stop a sender for a day (RFC 10027: rate limits)."""

import pytest

from pairgrant_server.authorization_server.device_flow.sender_throttle import throttled_until, weight
from pairgrant_server.authorization_server.model.risk_records import Report

DAY = 86_400.0


def report(at: float, reporter: str) -> Report:
    """By the account ``reporter``, or by a person on that network who is not signed in."""
    user_id = None if "." in reporter else reporter
    network = reporter if user_id is None else "198.51.100.1"
    return Report(f"{at} {reporter}", "tv", "192.0.2.7", at, "code", "{}", None, None, None, user_id, network)


@pytest.mark.parametrize(
    ("reported_at", "until"),
    [
        ([], None),
        ([0.0, 10.0], None),
        ([0.0, 10.0, 3600.0], 3600.0 + DAY),
        ([0.0, 10.0, 3600.1], None),
        ([0.0, 10.0, 3605.0, 3606.0], 3606.0 + DAY),
        ([0.0, 1.0, 2.0, 90_000.0], 2.0 + DAY),
    ],
)
def test_third_reporter_within_an_hour_stops_the_sender_for_a_day(
    reported_at: list[float], until: float | None
) -> None:
    reports = [report(at, f"u{number}") for number, at in enumerate(reported_at)]
    assert throttled_until(reports) == until


@pytest.mark.parametrize(
    ("reporters", "is_stopped"),
    [
        ("alice alice alice alice", False),
        ("203.0.113.9 203.0.113.9 203.0.113.9", False),
        ("alice bob 203.0.113.9", True),
        ("alice bob alice bob carol", True),
    ],
)
def test_one_person_can_not_stop_a_sender_by_many_reports(reporters: str, *, is_stopped: bool) -> None:
    reports = [report(float(at), reporter) for at, reporter in enumerate(reporters.split())]
    assert (throttled_until(reports) is not None) == is_stopped


@pytest.mark.parametrize(
    ("reporters", "counted"),
    [
        ("", 0),
        ("203.0.113.9 203.0.113.9", 0),
        ("203.0.113.9 203.0.113.10", 1),
        ("alice alice", 1),
        ("alice bob 203.0.113.9", 2),
    ],
)
def test_single_passer_by_is_no_evidence_against_a_sender(reporters: str, counted: int) -> None:
    assert weight(report(0.0, reporter) for reporter in reporters.split()) == counted
