"""What wrk's scripts say at the end, and that there is a script for every workload."""

import pytest

from benchmarks import workloads
from benchmarks.generator import SCRIPTS, parsed
from benchmarks.processes import NotMeasuredError

OUTPUT = """Running 2s test @ http://127.0.0.1:9
Requests/sec:   1000.00
RESULT {"seconds": 2.000000, "as_expected": 1000, "slowed_down": 3, "unexpected": 2, "socket_errors": 5, \
"first_unexpected": "500 oops", "p50_ms": 0.5, "p99_ms": 1.5, "max_ms": 9.0}
"""


def test_only_what_was_expected_counts_as_done() -> None:
    load = parsed(OUTPUT)
    assert load.rate == 500
    assert load.faults == 7
    assert (load.slowed_down, load.first_unexpected) == (3, "500 oops")


def test_a_run_without_a_result_is_told() -> None:
    with pytest.raises(NotMeasuredError):
        parsed("wrk: unable to connect")


@pytest.mark.parametrize(
    "workload",
    [workloads.poll(1), workloads.ISSUE, workloads.PAIR, workloads.REFRESH, workloads.INTROSPECT],
    ids=lambda workload: workload.name,
)
def test_every_workload_has_its_script(workload: workloads.Workload) -> None:
    script = (SCRIPTS / workload.script).read_text()
    assert "COMMON_LUA" in script
    assert "surprise(status, body)" in script
