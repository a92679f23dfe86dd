"""``uv run python -m benchmarks.profiles WORKLOAD``: where the event loop spends its time under one workload.

The server runs on SQLite, with a sampler in its main thread. A share counts what a function calls too;
``alone`` is what it does itself, with the C functions that it calls.
"""

import argparse
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks.generator import load
from benchmarks.processes import NotMeasuredError
from benchmarks.subjects.pairgrant import on_sqlite
from benchmarks.tables import Table
from benchmarks.workloads import INTROSPECT, ISSUE, PAIR, REFRESH, poll

_WORKLOADS = {"poll": poll(1000), "issue": ISSUE, "pair": PAIR, "refresh": REFRESH, "introspect": INTROSPECT}
_LOOP = "asyncio.runners:Runner.run"
_LEAST = 0.01
"""The smallest share that has a row."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Print one table; 1 where the workload could not run."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.profiles", description=__doc__)
    parser.add_argument("workload", choices=_WORKLOADS)
    parser.add_argument("--seconds", type=int, default=10, help="of load (default: 10)")
    parser.add_argument("--stacks", type=Path, metavar="FILE", help="keep the stacks, for a flame graph")
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="pairgrant-profile-", ignore_cleanup_errors=True) as folder:
        stacks = chosen.stacks or Path(folder) / "stacks"
        try:
            rate = _profile(chosen.workload, chosen.seconds, Path(folder), stacks)
        except NotMeasuredError as error:
            print(error, file=sys.stderr)
            return 1
        table = shares(stacks.read_text(encoding="utf-8").splitlines(), chosen.workload.upper())
    print(f"{table}\n\n{rate:,.0f} a second, with the sampler.")
    return 0


def _profile(name: str, seconds: int, folder: Path, stacks: Path) -> float:
    """The rate; the stacks are in the file once the server has ended."""
    workload, subject = _WORKLOADS[name], replace(on_sqlite(), profile=stacks)
    with subject.running(folder, approves=True) as server:
        variables = workload.before(subject, server, folder)
        variables |= workload.before_each(subject, server, folder)
        environment = subject.environment | variables
        loaded = load(workload.script, server.port, environment, seconds, workload.connections)
    if loaded.faults:
        raise NotMeasuredError(f"INVALID, unexpected responses: {loaded.first_unexpected}")
    until = time.monotonic() + 10
    while not stacks.exists() and time.monotonic() < until:
        time.sleep(0.05)
    return loaded.rate


def shares(stacks: Sequence[str], title: str) -> Table:
    """The functions that the event loop ran, with their shares of its samples."""
    within, alone, total = Counter[str](), Counter[str](), 0
    for line in stacks:
        count, _, stack = line.partition(" ")
        _, found, below = stack.partition(f"{_LOOP};")
        if not found:
            continue
        names = below.split(";")
        total += int(count)
        alone[names[-1]] += int(count)
        within.update(dict.fromkeys(names, int(count)))
    rows = [
        (f"`{name}`", f"{count / total:.1%}", f"{alone[name] / total:.1%}")
        for name, count in within.most_common()
        if count >= _LEAST * total
    ]
    return Table((title, "share", "alone"), tuple(rows))


if __name__ == "__main__":
    sys.exit(main())
