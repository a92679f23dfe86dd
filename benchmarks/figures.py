"""Measured figures: the median of the rounds with their spread, and ratios within one round."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """The rounds of one measurement, in one unit."""

    rounds: tuple[float, ...]

    @property
    def median(self) -> float:
        return statistics.median(self.rounds)

    def text(self, digits: int = 0) -> str:
        """The median; where there were several rounds, with the lowest and the highest."""
        median = f"{self.median:,.{digits}f}"
        if len(self.rounds) < 2:
            return median
        return f"{median} ({min(self.rounds):,.{digits}f} to {max(self.rounds):,.{digits}f})"


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that at least ``percent`` of all values do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, -int(-len(ordered) * percent // 100) - 1)]


def ratio(figure: Figure | None, other: Figure | None) -> str:
    """``figure`` ÷ ``other``, the median of each round's quotient; a dash where one of them is missing.

    Rounds that were interleaved share what disturbed the machine, so that a quotient within a round is
    steadier than one of medians.
    """
    if figure is None or other is None:
        return "-"
    quotient = statistics.median(
        one / another for one, another in zip(figure.rounds, other.rounds, strict=True)
    )
    return f"{quotient:.2f}" if quotient < 10 else f"{quotient:.0f}"
