"""Every command of ``pairgrant-server``, read from the program itself."""

from typing import Any

import typer

from pairgrant_server.cli import app

PROGRAM: Any = typer.main.get_command(app)


def leaf_commands(command: Any = PROGRAM, words: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """The words of each command that does something, sorted."""
    subcommands = getattr(command, "commands", None)
    if subcommands is None:
        return [words]
    return sorted(
        leaf for name, below in subcommands.items() for leaf in leaf_commands(below, (*words, name))
    )


def options_of_run() -> dict[str, str]:
    """Parameter -> option."""
    return {option.name: option.opts[0] for option in PROGRAM.commands["run"].params if option.name != "help"}
