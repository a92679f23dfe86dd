"""Calls ``pairgrant-server`` in the tests' own process, because a process takes most of a second to start."""

import contextlib
import getpass
import io
import logging
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from unittest.mock import patch

import structlog

from pairgrant_server import cli
from pairgrant_server.commands import run
from pairgrant_server.logs import configure_logging


@dataclass(frozen=True, slots=True)
class Finished:
    """What a command left behind when it ended."""

    returncode: int
    stdout: str
    stderr: str


def output_of(done: Finished) -> str:
    """What a command that succeeded printed."""
    assert done.returncode == 0, done.stderr
    return done.stdout


def refusal_of(done: Finished) -> str:
    """The one line that a command that was refused printed on standard error."""
    assert (done.returncode, done.stdout) == (1, ""), done
    lines = [line for line in done.stderr.splitlines() if not line.startswith("Made ")]
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith("pairgrant-server: ")
    return lines[0]


class CommandLine:
    """Runs the program's ``main`` with words, variables and standard input of its own."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment

    def __call__(
        self, *words: str, stdin: str = "", typed: Sequence[str] | None = None, **variables: str
    ) -> Finished:
        """What ``pairgrant-server WORDS`` prints and returns; ``variables`` are added to the environment.

        With ``typed`` a person is at the terminal and types these lines, one at each hidden prompt.
        """
        out, err = io.StringIO(), io.StringIO()
        terminal = _Terminal(stdin, typed, err)
        with (
            patch.dict(os.environ, {**self._environment, **variables}, clear=True),
            patch.object(sys, "argv", ["pairgrant-server", *words]),
            patch.object(sys, "stdin", terminal),
            patch.object(getpass, "getpass", terminal.type_hidden),
            patch.object(run, "serve", _refuse_to_serve),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
            _logging_as_before(),
        ):
            code = _exit_code()
        return Finished(code, out.getvalue(), err.getvalue())


class _Terminal(io.StringIO):
    """Standard input, with a person before it if ``typed`` is given."""

    def __init__(self, text: str, typed: Sequence[str] | None, screen: io.StringIO) -> None:
        super().__init__(text)
        self._typed = None if typed is None else list(typed)
        self._screen = screen

    def isatty(self) -> bool:
        return self._typed is not None

    def type_hidden(self, prompt: str = "", stream: object = None) -> str:
        """Stands in for ``getpass.getpass``."""
        assert self._typed is not None, "no person is at the terminal, and the command prompts"
        print(prompt, file=self._screen)
        if not self._typed:
            raise EOFError
        return self._typed.pop(0)


def _exit_code() -> int:
    try:
        cli.main()
    except SystemExit as end:
        if isinstance(end.code, int):
            return end.code
    return 0


def _refuse_to_serve(*_: object, **__: object) -> None:
    raise AssertionError("this command line runs in the tests' own process, which must not become a server")


@contextlib.contextmanager
def _logging_as_before() -> Iterator[None]:
    """The program configures logging for its whole process; here the process goes on."""
    before, handlers = structlog.get_config(), list(logging.root.handlers)

    def configure_without_cache(*arguments: object) -> None:
        configure_logging(*arguments)  # type: ignore[arg-type]  # handed on as they came
        structlog.configure(cache_logger_on_first_use=False)

    with patch.object(cli, "configure_logging", configure_without_cache):
        try:
            yield
        finally:
            structlog.configure(**before)
            logging.root.handlers[:] = handlers
