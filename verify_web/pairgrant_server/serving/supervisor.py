"""Several worker processes on one port: a worker that ends is restarted, and all stop together."""

import asyncio
import multiprocessing
import os
import signal
import socket
import sys
import tempfile
from collections.abc import Callable
from multiprocessing.context import SpawnProcess
from multiprocessing.synchronize import Event
from pathlib import Path

import structlog

from pairgrant_server.authorization_server.keys.signing_keys import UnreadableKeyError
from pairgrant_server.authorization_server.places.places import PlacesError
from pairgrant_server.authorization_server.store.errors import DatabaseError, StoreUnavailableError
from pairgrant_server.backend import open_backend
from pairgrant_server.command_error import CommandError
from pairgrant_server.front.worker import Worker
from pairgrant_server.logs import configure_logging
from pairgrant_server.server_key_file import ServerKeyError
from pairgrant_server.serving.server_process import DRAIN_SECONDS, serve
from pairgrant_server.serving.shared_port import SharedPort, share
from pairgrant_server.settings import Settings

_PAUSE = 1.0
"""Seconds before a worker that ended before it served is restarted."""

_PATIENCE = DRAIN_SECONDS + 10
"""Seconds after a stop signal until a worker is killed."""

_KNOWN = (DatabaseError, PlacesError, ServerKeyError, StoreUnavailableError, UnreadableKeyError)
"""Reasons not to start whose texts say what to do."""

_spawning = multiprocessing.get_context("spawn")

log = structlog.get_logger()


def serve_with_workers(settings: Settings, bound: socket.socket, announce: Callable[[], None]) -> None:
    """Serve with the configured number of processes until a stop signal.

    Raises:
        CommandError: no worker could start; the reason is on standard error.
        DatabaseError, PlacesError, ServerKeyError, StoreUnavailableError, UnreadableKeyError: their texts say
            what to do.
    """
    configure_logging(settings.log_format)
    port = share(bound)
    asyncio.run(_prepare_database(settings))
    announce()
    with tempfile.TemporaryDirectory(prefix="pairgrant-") as folder:  # of mode 0700

        def process(number: int, started: Event) -> SpawnProcess:
            worker = Worker(number, settings.workers, Path(folder))
            return _spawning.Process(target=_work, args=(settings, port, worker, started), daemon=True)

        asyncio.run(Supervisor(process).run(settings.workers))


async def _prepare_database(settings: Settings) -> None:
    """Migrate the database once for all workers, and raise what is wrong with it or the files of places."""
    async with open_backend(settings, serving=True):
        pass


class Supervisor:
    """Restarts workers that end; ``process`` creates worker number N, which sets the event when it serves."""

    def __init__(self, process: Callable[[int, Event], SpawnProcess]) -> None:
        self._process = process
        self._running: dict[int, SpawnProcess] = {}
        self._stopping = asyncio.Event()

    async def run(self, count: int) -> None:
        """Run until SIGTERM or SIGINT, which is sent to every worker; a second SIGINT ends open requests.

        Raises:
            CommandError: a worker could not start, and its number never served before.
        """
        loop = asyncio.get_running_loop()
        for stop in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(stop, self._stop, stop)
        killing = asyncio.create_task(self._kill_after_patience())
        results = await asyncio.gather(*(self._keep(number) for number in range(1, count + 1)))
        killing.cancel()
        if not all(results):
            raise CommandError("A worker could not start; the reason is above.")

    async def _keep(self, number: int) -> bool:
        """Run worker ``number`` and restart it; False if it ended before it ever served."""
        has_served = False
        while not self._stopping.is_set():
            started = _spawning.Event()
            process = self._running[number] = self._process(number, started)
            process.start()
            await _end_of(process)
            has_served = has_served or started.is_set()
            if self._stopping.is_set():
                break
            log.warning("worker ended", worker=number, exit_code=process.exitcode)
            if not has_served:
                self._stop(signal.SIGTERM)
                return False
            if not started.is_set():
                await self._pause()
        return True

    def _stop(self, stop: signal.Signals) -> None:
        self._stopping.set()
        for process in self._running.values():
            if process.exitcode is None and process.pid is not None:
                os.kill(process.pid, stop)

    async def _pause(self) -> None:
        try:
            async with asyncio.timeout(_PAUSE):
                await self._stopping.wait()
        except TimeoutError:
            pass

    async def _kill_after_patience(self) -> None:
        await self._stopping.wait()
        await asyncio.sleep(_PATIENCE)
        for process in self._running.values():
            process.kill()


async def _end_of(process: SpawnProcess) -> None:
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_reader(process.sentinel, ended.set)
    try:
        await ended.wait()
    finally:
        loop.remove_reader(process.sentinel)
    process.join()


def _work(settings: Settings, port: SharedPort, worker: Worker, started: Event) -> None:
    """The main function of a worker process."""
    os.setsid()  # only the supervisor gets Ctrl+C, and passes it on
    configure_logging(settings.log_format)

    def begin() -> None:
        started.set()
        log.info("worker serves", worker=worker.number)
        _end_with_the_supervisor()

    try:
        serve(settings, port.listener(), worker=worker, on_start=begin)
    except (*_KNOWN, OSError) as error:
        log.error("worker can't serve", worker=worker.number, reason=str(error))  # noqa: TRY400 - no traceback
        sys.exit(1)


def _end_with_the_supervisor() -> None:
    """Stop when the supervisor is gone: if it is killed, it can send no signal."""
    supervisor = multiprocessing.parent_process()
    assert supervisor is not None  # noqa: S101 - a worker has been started by one
    sentinel = supervisor.sentinel
    loop = asyncio.get_running_loop()

    def end() -> None:
        loop.remove_reader(sentinel)
        signal.raise_signal(signal.SIGTERM)

    loop.add_reader(sentinel, end)
