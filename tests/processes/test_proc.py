import os

from tests.processes.proc import of_process

BEYOND_EVERY_PROCESS = 2**31 - 1


def test_running_process_has_a_command_line() -> None:
    assert b"py" in of_process(os.getpid(), "cmdline")


def test_process_that_has_ended_reads_as_nothing() -> None:
    assert of_process(BEYOND_EVERY_PROCESS, "cmdline") == b""
    assert of_process(BEYOND_EVERY_PROCESS, "stat") == b""
