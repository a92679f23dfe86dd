"""``pairgrant-server run``: what it takes, what it tells, and how many processes serve."""

from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from pairgrant_server.command_error import CommandError
from pairgrant_server.commands.command import DatabaseOption
from pairgrant_server.serving.listening import listener
from pairgrant_server.serving.server_process import serve
from pairgrant_server.settings import Settings

_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


def run(
    host: Annotated[str | None, typer.Option(help="Address to listen on. Default: 127.0.0.1")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on. Default: 8628")] = None,
    database: DatabaseOption = None,
    public_url: Annotated[
        str | None,
        typer.Option(metavar="URL", help="What browsers and devices open. Default: http://HOST:PORT"),
    ] = None,
    certfile: Annotated[Path | None, typer.Option(help="TLS certificate (PEM).")] = None,
    keyfile: Annotated[Path | None, typer.Option(help="TLS private key (PEM).")] = None,
    workers: Annotated[
        int | None, typer.Option(help="Processes that serve, with PostgreSQL only. Default: 1")
    ] = None,
) -> None:
    """Serve the site and the authorization server. Every option can also be set as PAIRGRANT_HOST, PAIRGRANT_PORT …"""
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
            f"An SQLite file is served by one process, and --workers (PAIRGRANT_WORKERS) says {settings.workers}. "
            "Leave that out, or keep everything in PostgreSQL: --database postgresql://user:password@host/name"
        )
    bound = listener(settings)

    def announce() -> None:
        typer.echo("\n".join(announcement(settings)), err=True)

    if settings.workers > 1:
        from pairgrant_server.serving.supervisor import serve_with_workers  # noqa: PLC0415 - few need a supervisor

        serve_with_workers(settings, bound, announce)
    else:
        serve(settings, bound, on_open=announce)


def announcement(settings: Settings) -> list[str]:
    """Where to open the site, and what to know about that address."""
    workers = f", {settings.workers} workers" if settings.workers > 1 else ""
    lines = [
        f"Pairgrant serves {settings.public_url} (database {settings.database_name}{workers}). Ctrl+C ends it."
    ]
    url = urlsplit(settings.public_url)
    if url.hostname in _LOOPBACK and settings.host not in _LOOPBACK:
        lines.append("Warning: phones can't open a loopback address; set --public-url to one they can.")
    elif url.scheme == "http" and url.hostname not in _LOOPBACK:
        # RFC 8628 §3.1 asks for TLS.
        lines.append(
            "Warning: plain http is for demos on a network you trust; give it --certfile and --keyfile."
        )
    return lines
