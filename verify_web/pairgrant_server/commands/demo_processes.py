"""The folder and the two processes of a demo, all of which end with it, however it ends."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any, Self

from pairgrant_server.command_error import CommandError
from pairgrant_server.commands import demo_keeper, demo_registration

_ENDING = (signal.SIGHUP, signal.SIGINT, signal.SIGTERM)
_STOP_SECONDS = 15.0
_LOOK_EVERY = 0.1


class DemoProcesses:
    """A context manager: inside it a signal that ends the demo sets ``is_interrupted``, and raises nothing.

    So no process is lost between its start and its entry in ``_running``. The keeper does the same work if
    this process is killed.
    """

    def __init__(self) -> None:
        self.is_interrupted = False
        self._before: dict[signal.Signals, Any] = {}
        self._running: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Self:
        """Start the keeper, which makes the folder.

        Raises:
            CommandError: no temporary folder can be made.
        """
        for number in _ENDING:
            before = signal.getsignal(number)
            if before is not signal.SIG_IGN or number is signal.SIGTERM:  # nohup ignores SIGHUP
                self._before[number] = signal.signal(number, self._interrupt)
        self._keeper = subprocess.Popen(
            [sys.executable, "-I", demo_keeper.__file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        assert self._keeper.stdout is not None  # noqa: S101 - it is a pipe
        with self._keeper.stdout as said:
            folder = os.fsdecode(said.readline().removesuffix(b"\n"))
        if not folder:
            self._keeper.communicate()
            self._restore_signals()
            raise CommandError(
                f"The demo can't make its folder in {_temporary_folder()}. Name another one with TMPDIR, "
                "like TMPDIR=$HOME pairgrant-server demo"
            )
        self.folder = Path(folder)
        return self

    def start(
        self, command: list[str], variables: Mapping[str, str], *, log: Path | None = None
    ) -> subprocess.Popen[bytes]:
        """Start a half of the demo: in this terminal, or with a ``log`` in a session of its own.

        A session of its own keeps Ctrl+C for the other half.
        """
        assert self._keeper.stdin is not None  # noqa: S101 - it is a pipe
        keeper = self._keeper.stdin.fileno()
        command = [sys.executable, "-I", "-S", demo_registration.__file__, str(keeper), *command]
        environment = {**os.environ, **variables}
        if log is None:
            process = subprocess.Popen(command, env=environment, pass_fds=(keeper,))
        else:
            with log.open("wb") as output:
                process = subprocess.Popen(
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    env=environment,
                    pass_fds=(keeper,),
                    start_new_session=True,
                )
        self._running.append(process)
        return process

    def first_to_end(self) -> subprocess.Popen[bytes] | None:
        """Wait until one of the processes ends; None if the demo is interrupted before that."""
        while not self.is_interrupted:
            for process in self._running:
                with suppress(subprocess.TimeoutExpired):
                    process.wait(_LOOK_EVERY)
                    return process
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for process in reversed(self._running):
            _end(process)
            self._tell(f"-{process.pid}\n")
        self._tell("", is_last=True)
        with suppress(subprocess.TimeoutExpired):
            self._keeper.wait(_STOP_SECONDS)
        shutil.rmtree(self.folder, ignore_errors=True)
        self._restore_signals()

    def _interrupt(self, _signal: int, _frame: FrameType | None) -> None:
        self.is_interrupted = True

    def _restore_signals(self) -> None:
        for number, before in self._before.items():
            signal.signal(number, before)

    def _tell(self, line: str, *, is_last: bool = False) -> None:
        assert self._keeper.stdin is not None  # noqa: S101 - it is a pipe
        with suppress(OSError):
            self._keeper.stdin.write(line.encode())
            self._keeper.stdin.flush()
        if is_last:
            with suppress(OSError):
                self._keeper.stdin.close()


def _temporary_folder() -> str:
    try:
        return tempfile.gettempdir()
    except FileNotFoundError:  # its text lists the folders that it has tried
        return "any of the usual folders"


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
