"""Times and addresses in words."""

import pytest

from pairgrant.ui_texts import about, address_to_type, minutes_and_seconds


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(600, "10:00"), (59.2, "1:00"), (0.1, "0:01"), (0, "0:00"), (-5, "0:00"), (3661, "1:01:01")],
)
def test_countdown_reaches_zero_only_at_the_end(seconds: float, expected: str) -> None:
    assert minutes_and_seconds(seconds) == expected


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(600, "10 minutes"), (60, "1 minute"), (45, "45 seconds"), (1, "1 second"), (0, "0 seconds")],
)
def test_duration_is_written_in_words(seconds: float, expected: str) -> None:
    assert about(seconds) == expected


def test_address_omits_only_what_browsers_add() -> None:
    assert address_to_type("https://pair.example/device") == "pair.example/device"
    assert address_to_type("http://192.168.1.20:8628/device") == "http://192.168.1.20:8628/device"
