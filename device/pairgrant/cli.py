"""``pairgrant``, the command line of the device."""

from argparse import Action, ArgumentParser, Namespace, RawDescriptionHelpFormatter
from collections.abc import Sequence
from typing import Any

from pairgrant.commands import enroll, kiosk, login, logout, token
from pairgrant.errors import PairgrantError
from pairgrant.exit_codes import ExitCode
from pairgrant.terminal import OutputLostError, end_streams, prepare_streams, print_err, print_out
from pairgrant.translation import translated


class _ShowVersion(Action):
    def __init__(self, **settings: Any) -> None:
        super().__init__(nargs=0, **settings)

    def __call__(self, parser: ArgumentParser, *_: object) -> None:
        from importlib.metadata import version  # noqa: PLC0415 - slow to import, and rarely needed

        print_out(f"pairgrant {version('pairgrant')}")
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
    for command in (kiosk, login, token, logout, enroll):
        command.add_to(subcommands)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; every error of the package becomes one line on stderr."""
    prepare_streams()
    try:
        return _run(arguments)
    finally:
        end_streams()


def _run(arguments: Sequence[str] | None) -> int:
    parser = command_line()
    given: Namespace = parser.parse_args(arguments)
    if "run" not in given:
        print_err(parser.format_help())
        return ExitCode.USAGE
    try:
        code: ExitCode = given.run(given)
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED
    except PairgrantError as error:
        print_err(f"pairgrant: {translated(error.text)}")
        return error.exit_code
    except OutputLostError:
        print_err("pairgrant: The result can't be written to the standard output. Check where that goes.")
        return ExitCode.ERROR
    return code
