"""The options that the commands of ``pairgrant`` share; each can also come from a ``PAIRGRANT_*`` variable.

Two more come from a variable alone: PAIRGRANT_CLIENT_SECRET, because a command line can be read by everyone on the machine,
and PAIRGRANT_HINT, the line that a demo shows beside the code. Written on argparse: typer 0.29 imports pydantic, which takes longer than ``pairgrant token`` may take in all.
"""

import os
from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from pairgrant.settings import DEFAULT_CLIENT_ID, DEFAULT_ISSUER, DEFAULT_SCOPE, DeviceSettings


class Subcommands(Protocol):
    """Where a command's parser is added; what ``add_subparsers`` returns has no public name."""

    def add_parser(self, name: str, **settings: Any) -> ArgumentParser: ...


@dataclass(frozen=True, slots=True)
class Option:
    """One option with a value; ``otherwise`` says what holds where neither it nor its variable is given."""

    name: str
    metavar: str
    help: str
    default: str | None = None
    otherwise: str | None = None

    @property
    def flag(self) -> str:
        return "--" + self.name.replace("_", "-")

    @property
    def variable(self) -> str:
        return "PAIRGRANT_" + self.name.upper()

    def add_to(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            self.flag,
            metavar=self.metavar,
            default=os.environ.get(self.variable) or self.default,
            help=f"{self.help} [{self.variable}; default: {self.otherwise or self.default}]",
        )


ISSUER = Option("issuer", "URL", "the server, by its public address", DEFAULT_ISSUER)
CLIENT_ID = Option("client_id", "ID", "as whom this device is registered there", DEFAULT_CLIENT_ID)
SCOPE = Option("scope", '"…"', "what to ask for, separated by spaces", DEFAULT_SCOPE)
DEVICE_NAME = Option(
    "device_name", "NAME", "how the device calls itself on the phone", otherwise="the host's name"
)
TOKEN_FILE = Option(
    "token_file", "FILE", "where to keep the tokens", otherwise="a file for each server and client"
)
CA_FILE = Option("ca_file", "FILE", "certificate authorities to trust (PEM)", otherwise="the usual ones")

_THEMES = ("dark", "light")

SIGNED_IN = (ISSUER, CLIENT_ID, TOKEN_FILE, CA_FILE)
PAIRING = (ISSUER, CLIENT_ID, SCOPE, DEVICE_NAME, TOKEN_FILE, CA_FILE)


def add_command(
    subcommands: Subcommands, name: str, summary: str, more: str, options: tuple[Option, ...]
) -> ArgumentParser:
    """The parser of one command; ``more`` is shown under its options as it stands."""
    parser = subcommands.add_parser(
        name,
        help=summary,
        description=summary,
        epilog=more,
        formatter_class=RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    for option in options:
        option.add_to(parser)
    return parser


def add_theme(parser: ArgumentParser) -> None:
    """The colours of the screens; a variable that names no theme is like none."""
    wanted = os.environ.get("PAIRGRANT_THEME")
    parser.add_argument(
        "--theme",
        choices=_THEMES,
        default=wanted if wanted in _THEMES else _THEMES[0],
        help="colours of the screens [PAIRGRANT_THEME; default: dark]",
    )


def add_dpop(parser: ArgumentParser) -> None:
    """Whether the tokens are bound to a key, which is what happens unless it is turned off."""
    parser.add_argument(
        "--no-dpop",
        action="store_false",
        dest="dpop",
        default=os.environ.get("PAIRGRANT_DPOP", "auto").lower() != "never",
        help="plain bearer tokens, also where the server can bind them to a key [PAIRGRANT_DPOP=never]",
    )


def add_text_options(parser: ArgumentParser) -> None:
    """How a pairing is told where no screen is wanted."""
    parser.add_argument(
        "--qr",
        action="store_true",
        default=None,
        help="with plain text, a QR code too [default: on a terminal]",
    )
    parser.add_argument("--no-qr", action="store_false", dest="qr", help="with plain text, no QR code")


def settings_of(given: Namespace) -> DeviceSettings:
    """The checked settings of a parsed command line.

    Raises:
        DeviceSettingsError: naming the option to mend.
    """
    return DeviceSettings.checked(
        issuer=given.issuer,
        client_id=given.client_id,
        scope=getattr(given, "scope", DEFAULT_SCOPE),
        device_name=getattr(given, "device_name", None),
        token_file=given.token_file and Path(given.token_file),
        ca_file=given.ca_file and Path(given.ca_file),
        client_secret=os.environ.get("PAIRGRANT_CLIENT_SECRET"),
        hint=os.environ.get("PAIRGRANT_HINT"),
        uses_dpop=getattr(given, "dpop", True),
    )
