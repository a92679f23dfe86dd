"""``pairgrant``, the command line of the device."""

import json
import sys
from argparse import Action, ArgumentParser, Namespace, RawDescriptionHelpFormatter, _SubParsersAction
from collections.abc import Sequence
from typing import Any, NoReturn

from pairgrant.commands import (
    api,
    completion,
    doctor,
    enroll,
    git_credential,
    kiosk,
    login,
    logout,
    profiles,
    providers,
    status,
    token,
    wait,
)
from pairgrant.errors import DeviceSettingsError, OutputLostError, PairgrantError
from pairgrant.exit_codes import ExitCode
from pairgrant.terminal import end_streams, prepare_streams, print_err, print_out
from pairgrant.translation import translated
from pairgrant_protocol.visible_text import visible

_COMMANDS = (
    kiosk,
    login,
    wait,
    token,
    api,
    status,
    profiles,
    logout,
    enroll,
    providers,
    doctor,
    git_credential,
    completion,
)
"""The modules of the commands, in the order of the help."""


class _ShowVersion(Action):
    def __init__(self, **settings: Any) -> None:
        super().__init__(nargs=0, **settings)

    def __call__(self, parser: ArgumentParser, *_: object) -> None:
        from importlib.metadata import version  # noqa: PLC0415 - slow to import, and rarely needed

        print_out(f"pairgrant {version('pairgrant')}")
        parser.exit()


class _ProgramParser(ArgumentParser):
    """Reports wrong usage as a JSON event, for a program that reads ``--json``."""

    def error(self, message: str) -> NoReturn:
        print_out(error_line(DeviceSettingsError.code, message))
        self.exit(ExitCode.USAGE)


def command_line(*, for_program: bool = False) -> ArgumentParser:
    """The parser of all commands; ``for_program``: wrong usage is a JSON event."""
    parser_class = _ProgramParser if for_program else ArgumentParser
    parser = parser_class(
        prog="pairgrant",
        description="Sign in a device without a keyboard from the phone in your hand (RFC 8628).",
        epilog="start with:\n  pairgrant kiosk\n\n`pairgrant COMMAND --help` says more, with examples.",
        formatter_class=RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action=_ShowVersion, help="print the version and exit")
    subcommands = parser.add_subparsers(metavar="COMMAND", title="commands")
    for command in _COMMANDS:
        command.add_to(subcommands)
    return parser


def commands_of(parser: ArgumentParser) -> dict[str, ArgumentParser]:
    """The parsers of the commands by their names, in the order of the help."""
    (subcommands,) = (action for action in parser._actions if isinstance(action, _SubParsersAction))  # noqa: SLF001 - argparse has no public way
    return dict(subcommands.choices)


def parsed(arguments: Sequence[str]) -> Namespace:
    """The parsed command line; wrong usage prints the usage of the command, and exits with 2."""
    parser = command_line(for_program="--json" in arguments)
    given, unknown = parser.parse_known_args(arguments)
    if unknown:
        of_command: ArgumentParser = getattr(given, "parser", parser)
        of_command.error(f"unrecognized arguments: {visible(' '.join(unknown))}")
    return given


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; every error of the package becomes one line: on stderr, or
    a JSON event on stdout.
    """
    prepare_streams()
    try:
        return _run(sys.argv[1:] if arguments is None else arguments)
    finally:
        end_streams()


def _run(arguments: Sequence[str]) -> int:
    given = parsed(arguments)
    if "run" not in given:
        print_err(command_line().format_help())
        return ExitCode.USAGE
    try:
        code: ExitCode = given.run(given)
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED
    except PairgrantError as error:
        if getattr(given, "json", False) and not isinstance(error, OutputLostError):
            print_out(error_line(error.code, str(error)))
        else:
            print_err(f"pairgrant: {translated(error.text)}")
        return error.exit_code
    return code


def error_line(code: str, message: str) -> str:
    """An error as the JSON event that ``login --json`` has for it."""
    return json.dumps({"event": "error", "error": code, "message": message})
