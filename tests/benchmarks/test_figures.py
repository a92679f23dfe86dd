"""The arithmetic of the benchmarks: medians, percentiles, ratios."""

import pytest

from benchmarks.figures import Figure, percentile, ratio


def test_a_figure_is_the_median_with_its_spread() -> None:
    assert Figure((9000.0, 12345.6, 8000.0)).text() == "9,000 (8,000 to 12,346)"
    assert Figure((0.5,)).text(3) == "0.500"


def test_a_ratio_is_the_median_of_what_each_round_says() -> None:
    """The middle round was disturbed, for both alike."""
    assert ratio(Figure((100.0, 10.0, 110.0)), Figure((200.0, 20.0, 200.0))) == "0.50"
    assert ratio(Figure((500.0,)), Figure((4.0,))) == "125"


def test_what_is_missing_has_no_ratio() -> None:
    assert ratio(None, Figure((1.0,))) == ratio(Figure((1.0,)), None) == "-"


@pytest.mark.parametrize(("percent", "expected"), [(0, 1), (50, 5), (90, 9), (91, 10), (100, 10)])
def test_a_percentile_is_a_value_that_was_measured(percent: float, expected: float) -> None:
    assert percentile([10, 9, 8, 7, 6, 5, 4, 3, 2, 1], percent) == expected
