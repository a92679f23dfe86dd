"""Durations as operators write and read them."""

import pytest

from pairgrant_server.commands.durations import DurationError, in_words, roughly, seconds_of


@pytest.mark.parametrize(
    ("written", "seconds"),
    [("90s", 90), ("10m", 600), ("1h30m", 5400), ("30d", 2_592_000), ("2w", 1_209_600), ("600", 600)],
)
def test_duration_is_parsed_with_its_units(written: str, seconds: int) -> None:
    assert seconds_of(written) == seconds


@pytest.mark.parametrize("written", ["", "m", "10 minutes", "-1m", "1.5h", "10x", "m10", "٣m", "9" * 30])
def test_malformed_duration_is_refused_with_an_example(written: str) -> None:
    with pytest.raises(DurationError, match="10m"):
        seconds_of(written)


@pytest.mark.parametrize(
    ("seconds", "exact", "rough"),
    [
        (0, "0 seconds", "0 seconds"),
        (1, "1 second", "1 second"),
        (5400, "1 hour 30 minutes", "1 hour"),
        (600, "10 minutes", "10 minutes"),
        (2_592_000, "30 days", "30 days"),
    ],
)
def test_duration_is_shown_in_words(seconds: int, exact: str, rough: str) -> None:
    assert (in_words(seconds), roughly(seconds)) == (exact, rough)
