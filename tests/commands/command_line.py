"""``pairgrant-server`` as the tests call it: in this process, because a process a call takes most of a second."""

import contextlib
import io
import logging
import os
import sys
from collections.abc import Iterator, Mapping
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


class CommandLine:
    """Runs the program's ``main`` with words, variables and standard input of its own."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment

    def __call__(self, *words: str, stdin: str = "", **variables: str) -> Finished:
        """What ``pairgrant-server WORDS`` prints and returns; ``variables`` are added to the environment."""
        out, err = io.StringIO(), io.StringIO()
        with (
            patch.dict(os.environ, {**self._environment, **variables}, clear=True),
            patch.object(sys, "argv", ["pairgrant-server", *words]),
            patch.object(sys, "stdin", io.StringIO(stdin)),
            patch.object(run, "serve", _refuse_to_serve),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
            _logging_as_before(),
        ):
            code = _exit_code()
        return Finished(code, out.getvalue(), err.getvalue())


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
