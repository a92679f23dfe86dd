"""``pairgrant-server run``: one process that serves until it is told to stop, and then finishes what it has begun."""

import asyncio
import errno
import resource
import signal
import socket
import sys
from pathlib import Path
from types import FrameType
from typing import Annotated
from urllib.parse import urlsplit

import typer

from verify_web.backend import open_backend
from verify_web.commands.running import CommandError, DatabaseOption
from verify_web.logs import configure_logging
from verify_web.settings import Settings

_DRAIN_SECONDS = 10
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
) -> None:
    """Serve the site and the authorization server. Every option can also be set as PAIRGRANT_HOST, PAIRGRANT_PORT …"""
    settings = Settings.load(
        host=host, port=port, database=database, public_url=public_url, certfile=certfile, keyfile=keyfile
    )
    listener = _listener(settings)
    configure_logging(settings.log_format)
    _raise_file_limit()
    for stop in (signal.SIGTERM, signal.SIGINT):
        signal.signal(stop, _end)
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(_serve(settings, listener))


def _end(_signal: int, _frame: FrameType | None) -> None:
    """The end of the process, by choice. While it serves, uvicorn holds the signals, drains, and then hands them on."""
    sys.exit(0)


def _listener(settings: Settings) -> socket.socket:
    """The listening socket, opened before anything else so that a port in use is told in one sentence."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
    except OSError as error:
        advice = (
            "Is another server running there? Choose another one with --port."
            if error.errno == errno.EADDRINUSE
            else "Name an address of this machine with --host, and a port that you may use with --port."
        )
        reason = error.strerror or error
        raise CommandError(
            f"Can't listen on {settings.host} port {settings.port} ({reason}). {advice}"
        ) from None
    return listener


async def _serve(settings: Settings, listener: socket.socket) -> None:
    import uvicorn  # noqa: PLC0415 - only serving needs it

    from verify_web.app import build_app  # noqa: PLC0415 - NiceGUI takes most of a second to import
    from verify_web.authorization_server.sweeper import sweep_forever  # noqa: PLC0415
    from verify_web.commands.draining import DrainingServer  # noqa: PLC0415

    async with open_backend(settings, serving=True) as backend:
        config = uvicorn.Config(
            build_app(backend),
            http="httptools",
            lifespan="on",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=bool(settings.trusted_proxies),
            forwarded_allow_ips=settings.trusted_proxies or None,
            timeout_graceful_shutdown=_DRAIN_SECONDS,
            ssl_certfile=settings.certfile,
            ssl_keyfile=settings.keyfile,
            backlog=2048,
            ws_max_size=65_536,  # nothing that a page of ours says over its socket is near that
            ws_per_message_deflate=False,
        )
        typer.echo("\n".join(announcement(settings)), err=True)
        backend.store.listen(backend.parts.held.wake)
        sweeping = asyncio.create_task(sweep_forever(backend.store))
        try:
            await DrainingServer(config, backend.parts.held.drain).serve(sockets=[listener])
        finally:
            sweeping.cancel()


def announcement(settings: Settings) -> list[str]:
    """Where to open the site, and what to know about that address."""
    lines = [f"Pairgrant serves {settings.public_url} (database {settings.database_name}). Ctrl+C ends it."]
    url = urlsplit(settings.public_url)
    if url.hostname in _LOOPBACK and settings.host not in _LOOPBACK:
        lines.append("Warning: phones can't open a loopback address; set --public-url to one they can.")
    elif url.scheme == "http" and url.hostname not in _LOOPBACK:
        # RFC 8628 §3.1 asks for TLS.
        lines.append(
            "Warning: plain http is for demos on a network you trust; give it --certfile and --keyfile."
        )
    return lines


def _raise_file_limit() -> None:
    """Every open socket is a file: take as many as the machine grants."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _loop_factory() -> type[asyncio.AbstractEventLoop] | None:
    import uvloop  # noqa: PLC0415

    return uvloop.Loop
