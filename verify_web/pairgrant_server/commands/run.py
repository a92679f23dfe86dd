"""``pairgrant-server run``: serve in one process or in several."""

import os
import shlex
import stat
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from pairgrant_server.authorization_server.model.addresses import is_loopback
from pairgrant_server.command_error import CommandError
from pairgrant_server.commands.command import DatabaseOption
from pairgrant_server.serving.listening import listener, resolved
from pairgrant_server.serving.server_process import serve
from pairgrant_server.serving.start_warnings import unknown_variables, unnamed_proxy
from pairgrant_server.settings import DEFAULT_HOST, DEFAULT_PORT, Settings


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
    insecure: Annotated[
        bool | None,
        typer.Option(
            "--insecure", help="Allow plain http beyond this machine, for demos on a trusted network."
        ),
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
        insecure=insecure,
    )
    resolved(settings)  # first, so that the name of an interface isn't taken for a public host
    check_transport(settings)
    if settings.workers > 1 and settings.sqlite_path is not None:
        raise CommandError(
            f"One process serves an SQLite file, but --workers (PAIRGRANT_WORKERS) is {settings.workers}. "
            "Leave it out, or use PostgreSQL: --database postgresql://user:password@host/name"
        )
    bound = listener(settings)
    if settings.port == 0 and settings.public_url.endswith(":0"):
        bound.close()
        raise CommandError(
            "With port 0 the system selects a port, which the public URL can't name. Choose one with --port "
            "(PAIRGRANT_PORT), or set --public-url (PAIRGRANT_PUBLIC_URL)."
        )

    def announce() -> None:
        typer.echo("\n".join(announcement(settings)), err=True)

    if settings.workers > 1:
        from pairgrant_server.serving.supervisor import serve_with_workers  # noqa: PLC0415 - one worker has no supervisor

        serve_with_workers(settings, bound, announce)
    else:
        serve(settings, bound, on_open=announce)


def check_transport(settings: Settings) -> None:
    """Refuse to let codes and tokens travel in clear text, or to use a TLS key that others can read.

    Raises:
        CommandError: plain http beyond this machine without ``--insecure`` (RFC 8628 §3.1 asks for TLS), or
            a key file that others may read or write.
    """
    url = urlsplit(settings.public_url)
    if url.scheme == "http" and not is_loopback(url.hostname or "") and not settings.insecure:
        raise CommandError(
            f"Over {settings.public_url} passwords and tokens would travel in clear text. Write https in "
            "--public-url (PAIRGRANT_PUBLIC_URL), with --certfile and --keyfile or behind a proxy that has "
            "the certificate; or add --insecure (PAIRGRANT_INSECURE=1) for a demo on a trusted network."
        )
    key = settings.keyfile
    if key is not None and stat.S_IMODE(key.stat().st_mode) & (stat.S_IRWXO | stat.S_IWGRP):
        raise CommandError(
            f"The TLS key {key} can be read or changed by others. Close it with: "
            f"chmod g-w,o-rwx {shlex.quote(str(key))}"
        )


def announcement(settings: Settings) -> list[str]:
    """The lines of the start: the public URL, and a warning if devices or phones can't use it safely."""
    workers = f", {settings.workers} workers" if settings.workers > 1 else ""
    where = f"(database {settings.database_name}{workers})"
    lines = [f"Pairgrant serves {settings.public_url} {where}. Stop it with Ctrl+C."]
    url = urlsplit(settings.public_url)
    if is_loopback(url.hostname or "") and not is_loopback(settings.host):
        lines.append(
            "Warning: phones can't open a loopback address; set --public-url to an address they can open."
        )
    elif url.scheme == "http" and not is_loopback(url.hostname or ""):
        # RFC 8628 §3.1 asks for TLS.
        lines.append(
            "Warning: plain http is only for demos on a trusted network; use --certfile and --keyfile."
        )
    if (warning := unnamed_proxy(settings)) is not None:
        lines.append(f"Warning: {warning}")
    lines += [f"Warning: {warning}" for warning in unknown_variables(os.environ)]
    return lines
