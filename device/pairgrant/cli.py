"""``pairgrant``, the command for whoever sits at the device."""

import io
import sys
from argparse import Action, ArgumentParser, Namespace, RawDescriptionHelpFormatter
from collections.abc import Sequence
from typing import Any

from pairgrant.commands import kiosk, login, logout, token
from pairgrant.errors import DeviceError, NotSignedInError
from pairgrant.exit_codes import ExitCode
from pairgrant.terminal import aside, say


class _ShowVersion(Action):
    def __init__(self, **settings: Any) -> None:
        super().__init__(nargs=0, **settings)

    def __call__(self, parser: ArgumentParser, *_: object) -> None:
        from importlib.metadata import version  # noqa: PLC0415 - slow, and asked for rarely

        say(f"pairgrant {version('pairgrant')}")
        parser.exit()


def command_line() -> ArgumentParser:
    """The parser of all commands."""
    parser = ArgumentParser(
        prog="pairgrant",
        description="Sign in a device without a keyboard from the phone in your hand (RFC 8628).",
        epilog="start with:\n  pairgrant kiosk\n\n`pairgrant COMMAND --help` says more, with examples.",
        formatter_class=RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action=_ShowVersion, help="print the version and exit")
    subcommands = parser.add_subparsers(metavar="COMMAND", title="commands")
    for command in (kiosk, login, token, logout):
        command.add_to(subcommands)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; its exit code. Whatever stops the device becomes a line on stderr, never a traceback."""
    _escape_what_cannot_be_written()
    parser = command_line()
    given: Namespace = parser.parse_args(arguments)
    if "run" not in given:
        aside(parser.format_help())
        return ExitCode.USAGE
    try:
        code: ExitCode = given.run(given)
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED
    except NotSignedInError as error:
        aside(f"pairgrant: {error}")
        return ExitCode.NOT_SIGNED_IN
    except DeviceError as error:
        aside(f"pairgrant: {error}")
        return ExitCode.ERROR
    return code


def _escape_what_cannot_be_written() -> None:
    """A character that the terminal's encoding lacks becomes an escape, never an error."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
