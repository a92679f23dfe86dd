"""The processor time of several workers, and how it compares with that of one."""

import subprocess
import sys
from pathlib import Path

from benchmarks.processes import processor_seconds
from benchmarks.workers import table

_BURN = "import time\nwhile time.process_time() < 0.2: pass\nprint('burnt', flush=True)\ninput()"
_PARENT = "import subprocess, sys\nsubprocess.run([sys.executable, '-c', sys.argv[1]])"


def test_processor_time_includes_that_of_started_processes() -> None:
    command = [sys.executable, "-c", _PARENT, _BURN]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdin is not None
        assert parent.stdout is not None
        assert parent.stdout.readline() == "burnt\n"
        own, whole = time_of(parent.pid), processor_seconds(parent.pid)
        parent.stdin.write("\n")
    assert whole - own >= 0.2


def time_of(process_id: int) -> float:
    """The processor time of one process alone, which only waits."""
    return int(Path(f"/proc/{process_id}/schedstat").read_text().split()[0]) / 1e9


def test_each_number_of_workers_is_compared_with_one_worker_round_by_round() -> None:
    told = table({"POLL": {1: [10, 20], 2: [11, 22], 4: [12, 24]}, "PAIR": {1: [100], 2: [90], 4: [105]}})
    assert told.rows == (
        ("1", "15 (10 to 20)", "1.00", "100", "1.00"),
        ("2", "16 (11 to 22)", "1.10", "90", "0.90"),
        ("4", "18 (12 to 24)", "1.20", "105", "1.05"),
    )
