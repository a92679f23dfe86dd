"""How every command runs: its settings read once, its errors told in one sentence with an exit code."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, TypeVar

import typer

from pairgrant_server.backend import Backend, open_backend
from pairgrant_server.command_error import CommandError
from pairgrant_server.settings import Settings

T = TypeVar("T")

DatabaseOption = Annotated[
    str | None,
    typer.Option(
        "--database", metavar="URL", help="sqlite:////path/to/file.db; default: a file in your data folder."
    ),
]

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]


def with_backend(
    database: str | None, work: Callable[[Backend], Awaitable[T]], *, is_new_told: bool = True, **options: Any
) -> T:
    """What ``work`` returns, done on the opened database; ``options`` are further settings."""
    settings = Settings.load(database=database, **options)
    is_new = settings.sqlite_path is not None and not settings.sqlite_path.exists()

    async def run() -> T:
        async with open_backend(settings) as backend:
            return await work(backend)

    done = asyncio.run(run())
    if is_new and is_new_told:  # at first use, or because of a slip of the pen
        typer.echo(f"Made a new database: {settings.database_name}", err=True)
    return done


def read_secret_line(stream_text: str, what: str) -> str:
    """The first line of standard input.

    Raises:
        CommandError: there is none.
    """
    line = stream_text.partition("\n")[0].rstrip("\r")
    if not line:
        raise CommandError(f"Standard input is empty: pipe the {what} into the command, as one line.")
    return line
