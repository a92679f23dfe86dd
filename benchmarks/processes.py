"""Processes that are measured: each on its core, on a port of its own, waited for, and ended with the run."""

import http.client
import os
import re
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

SERVER_CORE, GENERATOR_CORE = "0", "1"

_PATIENCE = 60.0
"""Seconds within which a started process must respond."""


class NotMeasuredError(Exception):
    """A subject can't be measured here; the text says why, and stands in the table."""


@dataclass(frozen=True, slots=True)
class Running:
    """A process that listens."""

    port: int
    process_id: int

    def resident_megabytes(self) -> float:
        """The memory of the process alone (RSS)."""
        return resident_megabytes(self.process_id)


def resident_megabytes(process_id: int) -> float:
    """The memory of one process alone (RSS)."""
    for line in Path(f"/proc/{process_id}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("the process has ended")


def processor_seconds(process_id: int) -> float:
    """The processor time so far of a process and of all that it started, directly or not."""
    parents = {int(path.name): _parent(path) for path in Path("/proc").iterdir() if path.name.isdigit()}
    family = {process_id}
    while found := {child for child, parent in parents.items() if parent in family} - family:
        family |= found
    tasks = [task for one in family for task in Path("/proc").glob(f"{one}/task/*")]
    return sum(_nanoseconds(task) for task in tasks) / 1e9


def _parent(process: Path) -> int:
    try:
        return int(re.findall(r"^PPid:\s*(\d+)", (process / "status").read_text(), re.MULTILINE)[0])
    except OSError:  # it has ended
        return 0


def _nanoseconds(task: Path) -> int:
    try:
        return int((task / "schedstat").read_text().split()[0])
    except OSError:  # it has ended
        return 0


@contextmanager
def on_the_generators_core() -> Iterator[None]:
    """This process, where it is itself the generator, away from the server's core."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {int(GENERATOR_CORE)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(
    command: Sequence[str | Path],
    port: int,
    environment: Mapping[str, str],
    *,
    cwd: Path | None = None,
    core: str = SERVER_CORE,
    is_up: Callable[[int], bool] | None = None,
) -> Iterator[Running]:
    """The process of ``command`` on one core, from its first response on.

    Raises:
        NotMeasuredError: it ended before it responded, or never did; the text has its last line.
    """
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen(
            ["taskset", "-c", core, *command],
            env={**os.environ, **environment},
            cwd=cwd,
            stdout=output,
            stderr=output,
        )
        try:
            _wait_until(process, port, is_up or responds)
            yield Running(port, process.pid)
        except TimeoutError:
            raise NotMeasuredError(f"did not start: {_last_line(output.fileno())}") from None
        finally:
            process.terminate()
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait_until(process: subprocess.Popen[bytes], port: int, is_up: Callable[[int], bool]) -> None:
    until = time.monotonic() + _PATIENCE
    while not is_up(port):
        if process.poll() is not None or time.monotonic() > until:
            raise TimeoutError
        time.sleep(0.02)


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def responds(port: int) -> bool:
    """Whether something speaks HTTP there; any response will do."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/healthz")
        connection.getresponse().read()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
    return True


def _last_line(descriptor: int) -> str:
    lines = os.pread(descriptor, 1 << 20, 0).decode("utf-8", "replace").strip().splitlines()
    return lines[-1][:200].replace("|", "/") if lines else "it said nothing"


def done(
    command: Sequence[str | Path],
    environment: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    *,
    said: str | None = None,
) -> str:
    """What a command that ends by itself prints; ``said`` is its standard input.

    Raises:
        NotMeasuredError: it failed; the text has its last line.
    """
    try:
        ended = subprocess.run(
            command,
            env={**os.environ, **(environment or {})},
            cwd=cwd,
            input=said,
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError as error:
        raise NotMeasuredError(f"{command[0]}: {error.strerror}") from None
    if ended.returncode:
        errors = (ended.stderr or ended.stdout).strip().splitlines()
        raise NotMeasuredError((errors[-1] if errors else f"{command[0]} failed")[:200].replace("|", "/"))
    return ended.stdout
