"""The operator's commands, run as an operator runs them: a process each, on a database of their own."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PAIRGRANT_")}
    return {**kept, "PAIRGRANT_DATABASE": f"sqlite:///{tmp_path / 'pairgrant.db'}", "COLUMNS": "100"}


@pytest.fixture
def pairgrant_server(environment: dict[str, str]) -> Run:
    """Runs ``pairgrant-server`` with the given words; ``stdin`` and further variables by name."""

    def run(*words: str, stdin: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "pairgrant_server", *words],
            input=stdin,
            env={**environment, **variables},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return run
