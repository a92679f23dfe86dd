"""The shipped examples give their device client the same scopes."""

import re
import tomllib
from pathlib import Path

from pairgrant_server.authorization_server.model.scopes import SCOPES
from pairgrant_server.commands.demo import SCOPE
from tests.commands.command_line import CommandLine

ROOT = Path(__file__).parents[2]


def test_demo_asks_for_every_known_scope() -> None:
    assert set(SCOPE.split()) == set(SCOPES)


def test_example_file_gives_the_kiosk_every_known_scope() -> None:
    example = tomllib.loads((ROOT / "docs" / "pairgrant.example.toml").read_text())
    assert set(example["client"]["lobby-tv"]["scope"]) == set(SCOPES)


def test_help_of_client_add_gives_the_kiosk_every_known_scope(pairgrant_server: CommandLine) -> None:
    text = " ".join(pairgrant_server("client", "add", "--help").stdout.split())
    example = re.search(r'Example: .*--scope "([^"]*)"', text)
    assert example is not None
    assert set(example.group(1).split()) == set(SCOPES)


def test_readme_gives_the_kiosk_every_known_scope() -> None:
    example = re.search(
        r'client add lobby-tv [^"]*"Lobby TV"[^"]*"([^"]*)"', (ROOT / "README.md").read_text()
    )
    assert example is not None
    assert set(example.group(1).split()) == set(SCOPES)
