"""Load from wrk (Debian's package) on a core of its own, and what its Lua scripts say of the responses."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.processes import GENERATOR_CORE, NotMeasuredError, done

CONNECTIONS = 16
SCRIPTS = Path(__file__).parent / "wrk"

_COLLECTING = 300
"""Seconds that a run which only collects may take."""


@dataclass(frozen=True, slots=True)
class Load:
    """One run of a script: ``as_expected`` counts requests or whole pairings; latencies in milliseconds."""

    seconds: float
    as_expected: int
    slowed_down: int
    unexpected: int
    socket_errors: int
    first_unexpected: str
    p50_ms: float
    p99_ms: float
    max_ms: float

    @property
    def rate(self) -> float:
        """A second."""
        return self.as_expected / self.seconds

    @property
    def faults(self) -> int:
        """Unexpected responses and failed connections; if there are any, the figures are invalid."""
        return self.unexpected + self.socket_errors


def parsed(output: str) -> Load:
    """The line of JSON that the scripts print at the end.

    Raises:
        NotMeasuredError: there is none.
    """
    found = re.search(r"^RESULT (\{.*\})$", output, re.MULTILINE)
    if found is None:
        raise NotMeasuredError("wrk reported no result")
    return Load(**json.loads(found.group(1)))


def load(
    script: str, port: int, environment: Mapping[str, str], seconds: int, connections: int = CONNECTIONS
) -> Load:
    """Run ``script`` against a port for so long."""
    return parsed(_wrk(script, port, environment, seconds, connections))


def collect(script: str, port: int, environment: Mapping[str, str], count: int) -> None:
    """Run ``script`` until it has written ``count`` codes or tokens to the file that its environment names.

    Raises:
        NotMeasuredError: so many didn't come.
    """
    output = _wrk(script, port, {**environment, "COLLECT": str(count)}, _COLLECTING, CONNECTIONS)
    if "RESULT" in output:
        raise NotMeasuredError(f"{script} did not collect {count}: {parsed(output).first_unexpected}")


def _wrk(script: str, port: int, environment: Mapping[str, str], seconds: int, connections: int) -> str:
    command = [
        "taskset",
        "-c",
        GENERATOR_CORE,
        "wrk",
        "-t1",
        f"-c{connections}",
        f"-d{seconds}",
        "--timeout",
        "30",
    ]
    paths = {"COMMON_LUA": str(SCRIPTS / "common.lua")}
    return done([*command, "-s", SCRIPTS / script, f"http://127.0.0.1:{port}"], {**environment, **paths})
