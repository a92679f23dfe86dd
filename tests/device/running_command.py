"""A running ``pairgrant`` command that a test reads and types to, in this process or in one of its own."""

import asyncio
import io
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Coroutine, Mapping
from typing import IO, Any
from unittest.mock import patch

import pairgrant.text.kiosk
import pairgrant.text.login  # noqa: F401 - imported once, before a command needs it
from pairgrant.cli import main
from pairgrant.clock import Clock
from tests.device.json_schema import check_line

PATIENCE = 120
"""Seconds to wait for a command to end."""

_PROGRAM = """
import runpy, signal
signal.signal(signal.SIGINT, signal.default_int_handler)  # a test run in the background ignores it
runpy.run_module("pairgrant", run_name="__main__")
"""

SPEED = 20
"""How much faster time passes for a command in this process, so that tests don't wait for intervals."""


def fast_clock() -> Clock:
    async def sleep(seconds: float) -> None:
        await asyncio.sleep(seconds / SPEED)

    return Clock(now=lambda: time.monotonic() * SPEED, wall=time.time, sleep=sleep)


def _check_output(arguments: tuple[str, ...], lines: list[str]) -> None:
    """Hold every line of ``--json`` to its schema."""
    if "--json" in arguments and "--help" not in arguments:
        for line in lines:
            check_line(line)


class RunningCommand:
    """A command with lines of stdout, a standard input, and an end."""

    def __init__(self, stdin: IO[str] | None, stdout: IO[str]) -> None:
        self._stdin = stdin
        self._stdout = stdout
        self._lines: list[str] = []

    def until(self, wanted: str) -> str:
        """The next line of stdout that has ``wanted`` in it."""
        for line in self._stdout:
            self._lines.append(line)
            if wanted in line:
                return line
        raise AssertionError(f"{wanted!r} never came: {self._lines} {self.end()}")

    def type(self, text: str) -> None:
        assert self._stdin is not None
        self._stdin.write(text)
        self._stdin.flush()

    def end(self) -> tuple[int, str, str]:
        """Exit code, all of stdout, and stderr."""
        raise NotImplementedError

    def abort(self) -> None:
        """End a command that a failed test left behind."""
        raise NotImplementedError


class CommandInProcess(RunningCommand):
    """``main`` in a thread, with its own streams and variables; one at a time, because they are global."""

    def __init__(self, arguments: tuple[str, ...], variables: Mapping[str, str], *, types: bool) -> None:
        input_end, self._typing_end = os.pipe()
        output_end, writing_end = os.pipe()
        # closed at the end
        self._streams = (open(input_end), open(writing_end, "w"), io.StringIO())  # noqa: SIM115, PTH123
        super().__init__(open(self._typing_end, "w"), open(output_end))  # noqa: SIM115, PTH123
        if not types:
            self._close_stdin()
        self._arguments = arguments
        self._variables = variables
        self._loop: asyncio.AbstractEventLoop | None = None
        self._code = 0
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def end(self) -> tuple[int, str, str]:
        self._lines += self._stdout.readlines()
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive(), "the command doesn't end"
        self._close_stdin()
        self._stdout.close()
        _check_output(self._arguments, self._lines)
        return self._code, "".join(self._lines), self._streams[2].getvalue()

    def abort(self) -> None:
        if self._stdout.closed:
            return
        if self._thread.is_alive() and self._loop is not None:
            self._loop.call_soon_threadsafe(self._cancel)
        self.end()

    def _run(self) -> None:
        stdin, stdout, stderr = self._streams
        with (
            stdin,
            stdout,
            patch.dict(os.environ, self._variables, clear=True),
            patch.multiple(sys, stdin=stdin, stdout=stdout, stderr=stderr),
            patch("asyncio.run", self._run_coroutine),
            patch("pairgrant.device.system_clock", fast_clock),
        ):
            try:
                self._code = main(self._arguments)
            except SystemExit as ended:
                self._code = int(ended.code or 0)
            except asyncio.CancelledError:
                self._code = -1

    def _run_coroutine(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        with asyncio.Runner() as runner:
            self._loop = runner.get_loop()
            return runner.run(coroutine)

    def _cancel(self) -> None:
        assert self._loop is not None
        for task in asyncio.all_tasks(self._loop):
            task.cancel()

    def _close_stdin(self) -> None:
        if self._stdin is not None:
            self._stdin.close()
            self._stdin = None


class CommandProcess(RunningCommand):
    """``python -m pairgrant`` in a process of its own, for signals and several commands at once."""

    def __init__(self, arguments: tuple[str, ...], variables: Mapping[str, str]) -> None:
        self._arguments = arguments
        self.process = subprocess.Popen(
            [sys.executable, "-c", _PROGRAM, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=dict(variables),
        )
        assert self.process.stdout is not None
        super().__init__(None, self.process.stdout)

    def interrupt(self) -> None:
        self.process.send_signal(signal.SIGINT)

    def end(self) -> tuple[int, str, str]:
        out, err = self.process.communicate(timeout=PATIENCE)
        _check_output(self._arguments, [*self._lines, *out.splitlines()])
        return self.process.returncode, "".join(self._lines) + out, err

    def abort(self) -> None:
        if self.process.returncode is None:
            self.process.kill()
            self.process.communicate()
