"""The operator's commands, each test on a database of its own."""

import os
import shutil
from pathlib import Path

import pytest

from tests.commands.command_line import CommandLine


def environment_of(folder: Path) -> dict[str, str]:
    """Without settings of the machine. Port 0 means any free port, so a running server disturbs no test."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PAIRGRANT_")}
    database = f"sqlite:///{folder / 'pairgrant.db'}"
    return {**kept, "PAIRGRANT_DATABASE": database, "PAIRGRANT_PORT": "0", "COLUMNS": "100"}


@pytest.fixture(scope="session")
def new_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a database to copy, because most of the time of a new one goes into its RSA key."""
    folder = tmp_path_factory.mktemp("new-database")
    CommandLine(environment_of(folder))("keys", "list")
    return folder


@pytest.fixture
def environment(tmp_path: Path, new_database: Path) -> dict[str, str]:
    """For a process that uses the test's database."""
    shutil.copytree(new_database, tmp_path, dirs_exist_ok=True)
    return environment_of(tmp_path)


@pytest.fixture
def pairgrant_server(environment: dict[str, str]) -> CommandLine:
    """Runs ``pairgrant-server`` with the given words; ``stdin`` and further variables by name."""
    return CommandLine(environment)


@pytest.fixture
def without_database(tmp_path: Path) -> CommandLine:
    """The same in a folder that has no database yet."""
    return CommandLine(environment_of(tmp_path))
