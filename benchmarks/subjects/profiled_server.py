"""``approving_server`` with a sampler: where its main thread is after each millisecond of processor time.

At the end it writes to PROFILE_FILE the stacks that it saw, each after its number, the outermost function
first. Functions are named ``module:name``.
"""

import atexit
import os
import runpy
import signal
from collections import Counter
from pathlib import Path
from types import FrameType

_INTERVAL = 0.001

_seen: Counter[str] = Counter()


def _sample(_signal: int, frame: FrameType | None) -> None:
    names = []
    while frame is not None:
        names.append(f"{frame.f_globals.get('__name__', '?')}:{frame.f_code.co_qualname}")
        frame = frame.f_back
    _seen[";".join(reversed(names))] += 1


def _write() -> None:
    signal.setitimer(signal.ITIMER_PROF, 0)
    lines = [f"{count} {stack}" for stack, count in _seen.most_common()]
    Path(os.environ["PROFILE_FILE"]).write_text("\n".join(lines), encoding="utf-8")


if __name__ == "__main__":
    atexit.register(_write)
    signal.signal(signal.SIGPROF, _sample)
    signal.setitimer(signal.ITIMER_PROF, _INTERVAL, _INTERVAL)
    runpy.run_module("benchmarks.subjects.approving_server", run_name="__main__")
