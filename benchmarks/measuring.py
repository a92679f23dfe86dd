"""Wall-clock time of whole processes: warm-up, several runs, the median beside its spread, a ratio to a baseline."""

import statistics
from collections.abc import Callable
from dataclasses import dataclass

RUNS = 7


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds of each counted run, sorted."""

    name: str
    seconds: tuple[float, ...]

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)


def timed(name: str, run: Callable[[], float], runs: int = RUNS) -> Timing:
    """``run`` returns the seconds it took; its first result only warms the caches."""
    run()
    return Timing(name, tuple(sorted(run() for _ in range(runs))))


def table(baseline: Timing, timings: list[Timing]) -> str:
    """A Markdown table; the ratio is to ``baseline``, measured in the same run on the same machine."""
    lines = ["| what | median s | fastest to slowest | ratio to baseline |", "|---|---:|---:|---:|"]
    lines += [
        f"| {timing.name} | {timing.median:.3f} | {timing.seconds[0]:.3f} to {timing.seconds[-1]:.3f} "
        f"| {timing.median / baseline.median:.1f} |"
        for timing in [baseline, *timings]
    ]
    return "\n".join(lines)
