"""Three reports within an hour stop a sender for a day (RFC 10027: rate limits)."""

import pytest

from pairgrant_server.authorization_server.device_flow.sender_throttle import throttled_until

DAY = 86_400.0


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
def test_third_report_within_an_hour_stops_the_sender_for_a_day(
    reported_at: list[float], until: float | None
) -> None:
    assert throttled_until(reported_at) == until
