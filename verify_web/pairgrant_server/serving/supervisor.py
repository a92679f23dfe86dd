"""Several processes behind one port: each is started again when it dies, and all end together."""

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
from pairgrant_server.authorization_server.store.errors import DatabaseError, StoreUnavailableError
from pairgrant_server.backend import open_backend
from pairgrant_server.command_error import CommandError
from pairgrant_server.front.worker import Worker
from pairgrant_server.logs import configure_logging
from pairgrant_server.server_key_file import ServerKeyError
from pairgrant_server.serving.listening import SharedPort, shared
from pairgrant_server.serving.server_process import DRAIN_SECONDS, serve
from pairgrant_server.settings import Settings

_PAUSE = 1.0
"""Seconds before a worker is started again that died before it served."""

_PATIENCE = DRAIN_SECONDS + 10
"""Seconds after which a worker that was told to end is killed."""

_spawning = multiprocessing.get_context("spawn")

log = structlog.get_logger()


def serve_with_workers(settings: Settings, bound: socket.socket, announce: Callable[[], None]) -> None:
    """Serve with as many processes as the settings say, until told to stop.

    Raises:
        CommandError: no worker could start at all; its own words are on standard error.
        DatabaseError, ServerKeyError, StoreUnavailableError, UnreadableKeyError: their texts say what to do.
    """
    configure_logging(settings.log_format)
    port = shared(bound)
    asyncio.run(_look_at_the_database(settings))
    announce()
    with tempfile.TemporaryDirectory(prefix="pairgrant-") as folder:  # of mode 0700

        def process(number: int, started: Event) -> SpawnProcess:
            worker = Worker(number, settings.workers, Path(folder))
            return _spawning.Process(target=_work, args=(settings, port, worker, started), daemon=True)

        asyncio.run(Workers(process).run(settings.workers))


async def _look_at_the_database(settings: Settings) -> None:
    """Once for all: make what is missing, and tell what is wrong."""
    async with open_backend(settings):
        pass


class Workers:
    """Keeps processes alive; ``process`` makes the one of a number, which sets the event once it serves."""

    def __init__(self, process: Callable[[int, Event], SpawnProcess]) -> None:
        self._process = process
        self._running: dict[int, SpawnProcess] = {}
        self._stopping = asyncio.Event()

    async def run(self, count: int) -> None:
        """Until SIGTERM or SIGINT, which every worker is told; a second SIGINT lets them drop what they have begun.

        Raises:
            CommandError: a worker couldn't start, and none of that number ever had.
        """
        loop = asyncio.get_running_loop()
        for stop in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(stop, self._stop, stop)
        killing = asyncio.create_task(self._kill_who_lingers())
        results = await asyncio.gather(*(self._keep(number) for number in range(1, count + 1)))
        killing.cancel()
        if not all(results):
            raise CommandError("A worker could not start; the reason stands above.")

    async def _keep(self, number: int) -> bool:
        """Whether the worker of this number ever served, or was not given the time."""
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

    async def _kill_who_lingers(self) -> None:
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
    """What each worker does, in a process of its own."""
    os.setsid()  # Ctrl+C is for the supervisor alone, which tells us
    configure_logging(settings.log_format)

    def begin() -> None:
        started.set()
        log.info("worker serves", worker=worker.number)
        _end_with_the_supervisor()

    try:
        serve(settings, port.listener(), worker=worker, on_start=begin)
    except (DatabaseError, OSError, ServerKeyError, StoreUnavailableError, UnreadableKeyError) as error:
        log.error("worker can't serve", worker=worker.number, reason=str(error))  # noqa: TRY400 - the text says all
        sys.exit(1)


def _end_with_the_supervisor() -> None:
    """A supervisor that was killed can't tell its workers to end."""
    supervisor = multiprocessing.parent_process()
    assert supervisor is not None  # noqa: S101 - a worker has been started by one
    sentinel = supervisor.sentinel
    loop = asyncio.get_running_loop()

    def end() -> None:
        loop.remove_reader(sentinel)
        signal.raise_signal(signal.SIGTERM)

    loop.add_reader(sentinel, end)
