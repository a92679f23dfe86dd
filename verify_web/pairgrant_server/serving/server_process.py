"""One process that serves until a stop signal, and then finishes the open requests."""

import asyncio
import gc
import resource
import signal
import socket
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import structlog

from pairgrant_server.backend import Backend, open_backend
from pairgrant_server.front.socket_rules import MAX_FRAME_BYTES
from pairgrant_server.front.worker import Worker
from pairgrant_server.logs import configure_logging
from pairgrant_server.security_events import write_counts
from pairgrant_server.serving.open_connections import OpenConnections
from pairgrant_server.serving.start_warnings import clients_below_standard, long_device_codes
from pairgrant_server.serving.uvicorn_log import leave_out_malformed_requests
from pairgrant_server.settings import Settings

log = structlog.get_logger()

DRAIN_SECONDS = 10
_BACKLOG = 65_535
"""Connections that wait to be accepted; the kernel takes at most ``net.core.somaxconn`` of them."""

_OTHER_FILES = 500
"""Open files beside connections: websockets handed over, the database, requests to providers."""

_OBJECTS_UNTIL_COLLECTION = 10_000


def serve(
    settings: Settings,
    listener: socket.socket,
    *,
    worker: Worker | None = None,
    on_open: Callable[[], None] = lambda: None,
    on_start: Callable[[], None] = lambda: None,
) -> None:
    """Serve on ``listener``, as one of several workers if ``worker`` is given; ends with SystemExit.

    ``on_open`` is called when the database is open, ``on_start`` when the server accepts requests.

    Raises:
        DatabaseError, PlacesError, ServerKeyError, StoreUnavailableError, UnreadableKeyError: their texts say
            what to do.
    """
    configure_logging(settings.log_format)
    leave_out_malformed_requests()
    _raise_file_limit()
    for stop in (signal.SIGTERM, signal.SIGINT):
        signal.signal(stop, _end)
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(_serve(settings, listener, worker, on_open, on_start))


def _end(_signal: int, _frame: FrameType | None) -> None:
    """End the process. While uvicorn serves, it handles the signals: it drains, then raises them again."""
    sys.exit(0)


async def _serve(
    settings: Settings,
    listener: socket.socket,
    worker: Worker | None,
    on_open: Callable[[], None],
    on_start: Callable[[], None],
) -> None:
    import uvicorn  # noqa: PLC0415 - slow to import

    from pairgrant_server.app import build_app  # noqa: PLC0415 - NiceGUI takes most of a second to import
    from pairgrant_server.authorization_server.keys.key_rotation_task import KeyRotationTask  # noqa: PLC0415
    from pairgrant_server.authorization_server.store.sweeper import sweep_forever  # noqa: PLC0415
    from pairgrant_server.front.caller_address import CallerAddress  # noqa: PLC0415
    from pairgrant_server.serving.bounded_websocket import BoundedWebSocket  # noqa: PLC0415
    from pairgrant_server.serving.draining_server import DrainingServer  # noqa: PLC0415
    from pairgrant_server.serving.http_protocol import http_protocol  # noqa: PLC0415

    async with open_backend(settings, serving=True) as backend:
        config = uvicorn.Config(
            CallerAddress(build_app(backend, worker=worker), settings.proxies),
            interface="asgi3",
            http=await http_protocol(backend.parts.endpoints.paths, _connections(settings)),
            ws=BoundedWebSocket,
            lifespan="on",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,  # uvicorn would take the peer for the caller where the proxy is not trusted
            timeout_graceful_shutdown=DRAIN_SECONDS,
            ssl_certfile=settings.certfile,
            ssl_keyfile=settings.keyfile,
            backlog=_BACKLOG,
            ws_max_size=MAX_FRAME_BYTES,
            ws_per_message_deflate=False,
        )
        if worker is None or worker.number == 1:
            await _warn(backend, settings)
        _limit_garbage_collection()
        on_open()
        backend.store.listen(backend.parts.held.wake)
        rotation = KeyRotationTask(backend.parts.keys, settings.for_server().key_rotation)
        sweeps = sweep_forever(backend.store, before_each=write_counts, end_due=backend.parts.end_due)
        background = [
            asyncio.create_task(sweeps),
            asyncio.create_task(rotation.run_forever()),
        ]
        try:
            await DrainingServer(config, backend.parts.held.drain, on_start).serve(sockets=[listener])
        finally:
            for task in background:
                task.cancel()
            write_counts(at_end=True)


async def _warn(backend: Backend, settings: Settings) -> None:
    clients = await backend.store.clients()
    found = long_device_codes(clients, settings.for_server())
    if found:
        log.warning("device codes live longer than ten minutes", found=found)
    for client_id in clients_below_standard(clients):
        log.warning(
            "a client approves devices on no evidence; see: pairgrant-server client risk", client_id=client_id
        )


def _connections(settings: Settings) -> OpenConnections[Any]:
    """The bounds on connections, within the limit of open files; a trusted proxy may open any number."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return OpenConnections(
        in_all=min(settings.connections, max(files - _OTHER_FILES, files // 2)),
        per_network=settings.connections_per_network,
        is_exempt=settings.proxies.__contains__,
    )


def _limit_garbage_collection() -> None:
    """Exempt the objects of the start from garbage collection, and collect less often.

    By default Python looks for cycles after 700 new objects, which 64 concurrent requests always exceed. To
    scan what was created at the start takes tens of milliseconds, and all of it stays alive.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_OBJECTS_UNTIL_COLLECTION)


def _raise_file_limit() -> None:
    """Raise the limit of open files to the most that is allowed; every socket is an open file."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _loop_factory() -> type[asyncio.AbstractEventLoop] | None:
    from pairgrant_server.serving.event_loop import ServerLoop  # noqa: PLC0415

    return ServerLoop
