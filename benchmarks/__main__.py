"""``uv run python -m benchmarks``: measure, and print the tables that docs/performance.md explains."""

import argparse
import os
import platform
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import httpx

from benchmarks import (
    device,
    held_polls,
    load,
    memory,
    pages,
    return_channel,
    sign_ins,
    start_up,
    workers,
    workloads,
)
from benchmarks.plan import Plan, quick
from benchmarks.processes import NotMeasuredError
from benchmarks.tables import Table, write_into

_LOAD = ("poll", "issue", "pair", "refresh", "introspect")

_OTHERS: dict[str, Callable[[Plan], Table]] = {
    "workers": workers.measure,
    "memory": memory.measure,
    "return-channel": return_channel.measure,
    "held": held_polls.measure,
    "sign-ins": sign_ins.measure,
    "start-up": start_up.measure,
    "device": device.measure,
    "pages": pages.measure,
}

NAMES = (*_LOAD, *_OTHERS)
"""What --only chooses from; each is a place in the document that --write fills."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the tables; 1 where a figure is invalid."""
    chosen = _arguments(arguments)
    if shutil.which("wrk") is None or (os.cpu_count() or 1) < 2:
        print("The load needs wrk (apt install wrk) and two cores.", file=sys.stderr)
        return 2
    started, texts = time.monotonic(), dict[str, list[str]]()
    with tempfile.TemporaryDirectory(prefix="pairgrant-bench-", ignore_cleanup_errors=True) as folder:
        plan = Plan(Path(folder), lambda line: _tell(line, started))
        for name, table in _tables(chosen.only, quick(plan) if chosen.quick else plan):
            texts.setdefault(name, []).append(str(table))
            print(f"{table}\n", flush=True)
    print(_machine(chosen.quick, time.monotonic() - started))
    if chosen.write is not None:
        write_into(chosen.write, {name: "\n\n".join(found) for name, found in texts.items()})
        write_into(chosen.write, {"machine": _machine(chosen.quick, time.monotonic() - started)})
    return int(any("INVALID" in text for found in texts.values() for text in found))


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "--only", type=_names, default=NAMES, metavar="NAMES", help=f"some of {','.join(NAMES)}"
    )
    parser.add_argument("--quick", action="store_true", help="one short round each; rough")
    parser.add_argument("--write", type=Path, metavar="FILE", help="replace the tables in this document too")
    return parser.parse_args(arguments)


def _names(text: str) -> tuple[str, ...]:
    names = tuple(text.split(","))
    if unknown := set(names) - set(NAMES):
        raise argparse.ArgumentTypeError(f"{', '.join(unknown)}: choose from {', '.join(NAMES)}")
    return names


def _tables(names: Sequence[str], plan: Plan) -> Iterator[tuple[str, Table]]:
    of_load = [workload for workload in _workloads(plan) if workload.name in names]
    if of_load:
        with load.subjects(plan) as subjects:
            for workload, table in zip(of_load, load.measure(of_load, subjects, plan), strict=True):
                yield workload.name, table
    for name, measure in _OTHERS.items():
        if name in names:
            yield name, _whether_or_not(measure, plan)


def _workloads(plan: Plan) -> list[workloads.Workload]:
    """Two sets of servers run these in order; ISSUE comes after the polls, because it adds codes to them."""
    changes = [workloads.ISSUE, workloads.PAIR, workloads.REFRESH]
    both = [one for workload in changes for one in (workload, workloads.by_many(workload))]
    return [workloads.poll(1000), workloads.poll(plan.many_codes), *both, workloads.INTROSPECT]


def _whether_or_not(measure: Callable[[Plan], Table], plan: Plan) -> Table:
    try:
        return measure(plan)
    except (NotMeasuredError, OSError, httpx.HTTPError) as error:  # TimeoutError is an OSError
        return Table(("**INVALID**", ""), ((f"{type(error).__name__}: {error}", "-"),))


def _machine(is_quick: bool, seconds: float) -> str:  # noqa: FBT001 - as it was given
    how = "a quick look, rough" if is_quick else "the whole"
    return (
        f"Measured {time.strftime('%Y-%m-%d', time.gmtime())} in {seconds / 60:.1f} minutes ({how}) on "
        f"{os.cpu_count()} cores, Python {platform.python_version()}, {platform.system()}."
    )


def _tell(line: str, started: float) -> None:
    print(f"[{time.monotonic() - started:4.0f} s] {line}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
