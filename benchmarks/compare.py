"""``uv run python -m benchmarks.compare CHECKOUT``: compare this checkout with another one in one run.

CHECKOUT is a clone at another commit with its dependencies installed (``uv sync`` there). A ratio above 1
means that this checkout handles more requests a second, or starts faster.
"""

import argparse
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks import load, start_up
from benchmarks.figures import Figure, ratio
from benchmarks.plan import Plan
from benchmarks.processes import NotMeasuredError
from benchmarks.subjects.pairgrant import Pairgrant
from benchmarks.subjects.subject import Subject
from benchmarks.tables import Table
from benchmarks.workloads import ISSUE, PAIR, REFRESH, Workload, poll

_WORKLOADS = {"poll": poll(1000), "issue": ISSUE, "pair": PAIR, "refresh": REFRESH}
_HEAD = ("", "other checkout", "this checkout", "this ÷ other")


def main(arguments: Sequence[str] | None = None) -> int:
    """Print one table; 1 where a workload failed on either side."""
    chosen = _arguments(arguments)
    if shutil.which("wrk") is None:
        print("The load needs wrk (apt install wrk).", file=sys.stderr)
        return 2
    other, this = _subject("other checkout", chosen.checkout.resolve()), _subject("this checkout", None)
    with tempfile.TemporaryDirectory(prefix="pairgrant-compare-", ignore_cleanup_errors=True) as folder:
        plan = Plan(Path(folder), _tell, rounds=chosen.rounds, start_ups=chosen.rounds)
        rows = [_row(*found) for found in load.rounds(_chosen(chosen.only), [other, this], plan)]
        if "start-up" in chosen.only:
            rows += _start_ups(other, this, plan)
    print(Table(_HEAD, tuple(rows)))
    return int(any("INVALID" in cell for row in rows for cell in row))


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    names = (*_WORKLOADS, "start-up")
    parser = argparse.ArgumentParser(prog="python -m benchmarks.compare", description=__doc__)
    parser.add_argument("checkout", type=Path, help="the folder of the other clone")
    parser.add_argument("--rounds", type=int, default=9, help="rounds of two seconds each (default: 9)")
    parser.add_argument(
        "--only", nargs="+", choices=names, default=names, metavar="NAME", help=f"some of: {' '.join(names)}"
    )
    return parser.parse_args(arguments)


def _chosen(names: Sequence[str]) -> list[Workload]:
    return [workload for name, workload in _WORKLOADS.items() if name in names]


def _subject(name: str, checkout: Path | None) -> Pairgrant:
    return Pairgrant(
        name=name,
        new_database=lambda folder: f"sqlite:///{folder / 'pairgrant.db'}",
        checkout=checkout,
    )


def _row(workload: Workload, measured: list[load.Measured]) -> tuple[str, ...]:
    other, this = measured
    if faults := [one.why_not or "unexpected responses" for one in measured if one.figure is None]:
        return (f"{workload.title}, {workload.unit}", f"**INVALID**: {faults[0]}", "-", "-")
    return (f"{workload.title}, {workload.unit}", *_cells(other.figure, this.figure, 0, faster_is_more=True))


def _cells(
    other: Figure | None, this: Figure | None, digits: int, *, faster_is_more: bool
) -> tuple[str, ...]:
    assert other is not None
    assert this is not None
    quotient = ratio(this, other) if faster_is_more else ratio(other, this)
    return (other.text(digits), this.text(digits), quotient)


def _start_ups(other: Pairgrant, this: Pairgrant, plan: Plan) -> list[tuple[str, ...]]:
    rows = []
    runs: dict[str, Callable[[Pairgrant], Callable[[], float]]] = {
        "`pairgrant-server run`, seconds to the first response": lambda subject: start_up.server_start(
            plan.folder / subject.name.replace(" ", "-"), subject.command("pairgrant-server")
        ),
        "`pairgrant token`, seconds": lambda subject: start_up.token(
            plan.folder, subject.command("pairgrant")
        ),
    }
    for name, prepare in runs.items():
        starts: list[tuple[Subject, Callable[[], float]]] = [(one, prepare(one)) for one in (other, this)]
        for _, start in starts:
            start()
        rounds = [[start() for _, start in starts] for _ in range(plan.start_ups)]
        figures = [Figure(tuple(seconds)) for seconds in zip(*rounds, strict=True)]
        rows.append((name, *_cells(figures[0], figures[1], 3, faster_is_more=False)))
    return rows


_STARTED = time.monotonic()


def _tell(line: str) -> None:
    print(f"[{time.monotonic() - _STARTED:4.0f} s] {line}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except NotMeasuredError as error:
        sys.exit(f"benchmarks.compare: {error}")
