"""``pairgrant-server run``: serve in one process or in several."""

from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from pairgrant_server.command_error import CommandError
from pairgrant_server.commands.command import DatabaseOption
from pairgrant_server.serving.listening import listener
from pairgrant_server.serving.server_process import serve
from pairgrant_server.settings import DEFAULT_HOST, DEFAULT_PORT, Settings

_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


def run(
    host: Annotated[str | None, typer.Option(help=f"Address to listen on. Default: {DEFAULT_HOST}.")] = None,
    port: Annotated[int | None, typer.Option(help=f"Port to listen on. Default: {DEFAULT_PORT}.")] = None,
    database: DatabaseOption = None,
    public_url: Annotated[
        str | None,
        typer.Option(metavar="URL", help="URL that browsers and devices open. Default: http://HOST:PORT."),
    ] = None,
    certfile: Annotated[Path | None, typer.Option(help="TLS certificate chain (PEM).")] = None,
    keyfile: Annotated[Path | None, typer.Option(help="TLS private key (PEM).")] = None,
    workers: Annotated[
        int | None, typer.Option(help="Number of server processes; more than 1 needs PostgreSQL. Default: 1.")
    ] = None,
) -> None:
    """Run the server. Each option also has a variable: PAIRGRANT_HOST, PAIRGRANT_PORT and so on."""
    settings = Settings.load(
        host=host,
        port=port,
        database=database,
        public_url=public_url,
        certfile=certfile,
        keyfile=keyfile,
        workers=workers,
    )
    if settings.workers > 1 and settings.sqlite_path is not None:
        raise CommandError(
            f"One process serves an SQLite file, but --workers (PAIRGRANT_WORKERS) is {settings.workers}. "
            "Leave it out, or use PostgreSQL: --database postgresql://user:password@host/name"
        )
    bound = listener(settings)

    def announce() -> None:
        typer.echo("\n".join(announcement(settings)), err=True)

    if settings.workers > 1:
        from pairgrant_server.serving.supervisor import serve_with_workers  # noqa: PLC0415 - one worker has no supervisor

        serve_with_workers(settings, bound, announce)
    else:
        serve(settings, bound, on_open=announce)


def announcement(settings: Settings) -> list[str]:
    """The lines of the start: the public URL, and a warning if devices or phones can't use it safely."""
    workers = f", {settings.workers} workers" if settings.workers > 1 else ""
    where = f"(database {settings.database_name}{workers})"
    lines = [f"Pairgrant serves {settings.public_url} {where}. Stop it with Ctrl+C."]
    url = urlsplit(settings.public_url)
    if url.hostname in _LOOPBACK and settings.host not in _LOOPBACK:
        lines.append(
            "Warning: phones can't open a loopback address; set --public-url to an address they can open."
        )
    elif url.scheme == "http" and url.hostname not in _LOOPBACK:
        # RFC 8628 §3.1 asks for TLS.
        lines.append(
            "Warning: plain http is only for demos on a trusted network; use --certfile and --keyfile."
        )
    return lines
