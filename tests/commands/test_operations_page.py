"""The tables of docs/operations.md list every command, setting, default and exit code."""

import re
from pathlib import Path

import pytest

from pairgrant_server.settings import Settings
from tests.commands.command_line import CommandLine
from tests.commands.command_tree import leaf_commands, options_of_run

PAGE = (Path(__file__).parents[2] / "docs" / "operations.md").read_text(encoding="utf-8")
DEFAULTS_IN_WORDS = {
    "public_url": "`http://HOST:PORT`",
    "database": "a file in your data folder",
    "server_key_file": "beside an SQLite file; with PostgreSQL `server.key` in your data folder",
    "insecure": "off",
}


def table_below(heading: str) -> list[list[str]]:
    """The rows of the first table below a heading, without its head; a cell may contain an escaped bar."""
    _, found, text = PAGE.partition(f"{heading}\n")
    assert found, f"docs/operations.md has no heading {heading!r}"
    rows: list[list[str]] = []
    for line in text.splitlines():
        if line.startswith("|"):
            cells = re.split(r"(?<!\\)\|", line)[1:-1]
            rows.append([cell.strip().replace("\\|", "|") for cell in cells])
        elif rows:
            break
    return rows[2:]


def default_in_the_table(name: str) -> str:
    if name in DEFAULTS_IN_WORDS:
        return DEFAULTS_IN_WORDS[name]
    default = Settings.model_fields[name].default
    return f"`{default}`" if default not in (None, "") else "none"


def test_settings_table_lists_every_setting() -> None:
    variables = [row[0] for row in table_below("## Settings")]
    assert sorted(variables) == sorted(f"`PAIRGRANT_{name.upper()}`" for name in Settings.model_fields), (
        "add a setting to the table in docs/operations.md"
    )


@pytest.mark.parametrize("row", table_below("## Settings"), ids=lambda row: row[0])
def test_settings_table_gives_the_option_and_the_default(row: list[str]) -> None:
    variable, option, default, _ = row
    name = variable.strip("`").removeprefix("PAIRGRANT_").lower()
    assert option.strip("`") == options_of_run().get(name, "")
    assert re.sub(r" \(.*\)$", "", default) == default_in_the_table(name)


def test_commands_table_lists_every_command() -> None:
    listed = set()
    for cells in table_below("## Commands"):
        words = [word for word in cells[0].strip("`").split() if not word.isupper() and word != "--user"]
        names = words[-1].split("|")
        listed |= {" ".join([*words[:-1], name]) for name in names}
    assert listed == {" ".join(("pairgrant-server", *words)) for words in leaf_commands()}


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (0, ("client", "list")),
        (1, ("client", "show", "unknown")),
        (2, ("client", "show")),
        (3, ("apply", "--dry-run", str(Path(__file__).parents[2] / "docs" / "pairgrant.example.toml"))),
    ],
)
def test_each_listed_exit_code_happens(
    pairgrant_server: CommandLine, code: int, words: tuple[str, ...]
) -> None:
    assert [row[0] for row in table_below("### Exit codes")] == ["0", "1", "2", "3"]
    assert pairgrant_server(*words).returncode == code
