"""Our two programs in processes of their own: from a fresh interpreter, or forked from a warm one."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

MODULES = {"pairgrant": "pairgrant", "pairgrant-server": "pairgrant_server"}
"""Command -> the package that ``python -m`` runs."""

PATIENCE = 120.0
"""Seconds. Nothing takes that long unless it hangs, even on a busy machine."""


class Process(Protocol):
    """The part of ``subprocess.Popen`` that tests use."""

    @property
    def pid(self) -> int: ...

    def poll(self) -> int | None: ...

    def wait(self, timeout: float | None = None) -> int: ...

    def send_signal(self, sig: int) -> None: ...

    def terminate(self) -> None: ...

    def kill(self) -> None: ...


class Programs(Protocol):
    """Starts ``pairgrant`` and ``pairgrant-server``; ``words`` are the command and its arguments."""

    def start(self, *words: str, environment: Mapping[str, str], log: Path) -> Process:
        """Return while the program runs. What it prints is appended to ``log``."""
        ...

    def run(
        self, *words: str, environment: Mapping[str, str], stdin: str = ""
    ) -> subprocess.CompletedProcess[str]:
        """Return when the program has ended."""
        ...


class SpawnedPrograms:
    """A fresh interpreter each time, as an operator has it. Importing takes more than half a second."""

    def start(self, *words: str, environment: Mapping[str, str], log: Path) -> subprocess.Popen[bytes]:
        with log.open("ab") as output:
            return subprocess.Popen(_command(words), env=environment, stdout=output, stderr=output)

    def run(
        self, *words: str, environment: Mapping[str, str], stdin: str = ""
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            _command(words),
            input=stdin,
            env=environment,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )


def _command(words: tuple[str, ...]) -> list[str]:
    return [sys.executable, "-m", MODULES[words[0]], *words[1:]]


def clean_environment() -> dict[str, str]:
    """The environment of these tests without settings of ours."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PAIRGRANT_")}
