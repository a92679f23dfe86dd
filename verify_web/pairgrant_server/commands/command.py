"""What the commands share: options, and running an async function on the opened database."""

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
        "--database",
        metavar="URL",
        help="Database URL, like sqlite:////path/to/file.db. Default: a file in your data folder.",
    ),
]

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def with_backend(
    database: str | None,
    work: Callable[[Backend], Awaitable[T]],
    *,
    announce_new: bool = True,
    **options: Any,
) -> T:
    """Run ``work`` on the opened database and return its result; ``options`` are further settings.

    ``announce_new`` says on standard error that a new SQLite file or server key was made: the path may be a
    mistake, and the key needs a backup.
    """
    settings = Settings.load(database=database, **options)
    is_new = settings.sqlite_path is not None and not settings.sqlite_path.exists()
    has_key = settings.server_key_path.exists()

    async def run() -> T:
        async with open_backend(settings) as backend:
            return await work(backend)

    done = asyncio.run(run())
    if is_new and announce_new:
        typer.echo(f"Made a new database: {settings.database_name}", err=True)
    if not has_key and announce_new:
        where = settings.server_key_path
        typer.echo(f"Made the server key: {where}. Back it up, apart from the database.", err=True)
    return done


def read_secret_line(stream_text: str, what: str) -> str:
    """The first line of ``stream_text``.

    Raises:
        CommandError: it is empty.
    """
    line = stream_text.partition("\n")[0].rstrip("\r")
    if not line:
        raise CommandError(f"Standard input is empty: pipe the {what} into the command, as one line.")
    return line
