"""The operator's commands, each test on a database of its own."""

import os
from pathlib import Path

import pytest

from tests.commands.command_line import CommandLine


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Without settings of the machine. Port 0 means any free port, so a running server disturbs no test."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PAIRGRANT_")}
    database = f"sqlite:///{tmp_path / 'pairgrant.db'}"
    return {**kept, "PAIRGRANT_DATABASE": database, "PAIRGRANT_PORT": "0", "COLUMNS": "100"}


@pytest.fixture
def pairgrant_server(environment: dict[str, str]) -> CommandLine:
    """Runs ``pairgrant-server`` with the given words; ``stdin`` and further variables by name."""
    return CommandLine(environment)
