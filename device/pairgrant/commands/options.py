"""The options that the commands of ``pairgrant`` share; each can also come from a ``PAIRGRANT_*`` variable.

Two settings come from a variable only: PAIRGRANT_CLIENT_SECRET, because every user of the machine can read a
command line, and PAIRGRANT_HINT, the line that a demo shows beside the code. The module uses argparse,
because importing typer would take longer than ``pairgrant token`` may take in all.
"""

import os
from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from pairgrant.settings import DEFAULT_CLIENT_ID, DEFAULT_ISSUER, DeviceSettings


class Subcommands(Protocol):
    """The object that ``add_subparsers`` returns; argparse has no public name for it."""

    def add_parser(self, name: str, **settings: Any) -> ArgumentParser: ...


@dataclass(frozen=True, slots=True)
class Option:
    """One option with a value; ``otherwise`` describes a default that is not a fixed text."""

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


ISSUER = Option("issuer", "URL", "address of the server (its issuer)", DEFAULT_ISSUER)
CLIENT_ID = Option("client_id", "ID", "client_id registered for this device", DEFAULT_CLIENT_ID)
SCOPE = Option(
    "scope", '"…"', "scope to request, separated by spaces", otherwise="all that the client may have"
)
DEVICE_NAME = Option("device_name", "NAME", "name shown on the approval page", otherwise="the host name")
DEVICE_LABEL = Option(
    "device_label", "TEXT", "room or serial number for the server to check", otherwise="none"
)
TOKEN_FILE = Option(
    "token_file", "FILE", "file for the tokens", otherwise="one file for each server and client"
)
CA_FILE = Option("ca_file", "FILE", "certificate authorities to trust (PEM)", otherwise="those of the system")

YES = {"yes", "true", "on", "1"}
_THEMES = ("dark", "light", "high-contrast", "console")

DEVICE = (ISSUER, CLIENT_ID, DEVICE_NAME, DEVICE_LABEL, TOKEN_FILE)
SIGNED_IN = (ISSUER, CLIENT_ID, TOKEN_FILE, CA_FILE)
PAIRING = (ISSUER, CLIENT_ID, SCOPE, DEVICE_NAME, DEVICE_LABEL, TOKEN_FILE, CA_FILE)


def add_command(
    subcommands: Subcommands, name: str, summary: str, more: str, options: tuple[Option, ...]
) -> ArgumentParser:
    """The parser of one command; ``more`` is shown below its options, unchanged."""
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
    """The colours of the screens; an unknown theme in the variable is ignored."""
    wanted = os.environ.get("PAIRGRANT_THEME")
    usual = "console" if os.environ.get("TERM") == "linux" else "dark"
    parser.add_argument(
        "--theme",
        choices=_THEMES,
        default=wanted if wanted in _THEMES else usual,
        help="colours of the screens [PAIRGRANT_THEME; default: dark; console if TERM is linux]",
    )


def add_dpop(parser: ArgumentParser) -> None:
    """Whether the tokens are bound to a key, which is the default."""
    parser.add_argument(
        "--no-dpop",
        action="store_false",
        dest="dpop",
        default=_proves_a_key(),
        help="use plain bearer tokens, even if the server can bind them to a key [PAIRGRANT_DPOP=never]",
    )


def _proves_a_key() -> bool:
    return os.environ.get("PAIRGRANT_DPOP", "auto").lower() != "never"


def add_static_qr(parser: ArgumentParser) -> None:
    """Whether the QR code on a screen changes, which is the default."""
    parser.add_argument(
        "--static-qr",
        action="store_true",
        default=os.environ.get("PAIRGRANT_STATIC_QR", "").lower() in YES,
        help="keep the QR code on the screen unchanged; otherwise it changes every 15 seconds, "
        "so that the server knows that it was scanned just now [PAIRGRANT_STATIC_QR=yes]",
    )


def add_text_options(parser: ArgumentParser) -> None:
    """How a pairing is shown in plain text."""
    parser.add_argument(
        "--qr",
        action="store_true",
        default=None,
        help="show a QR code in plain text [default: on a terminal]",
    )
    parser.add_argument("--no-qr", action="store_false", dest="qr", help="show no QR code in plain text")


def settings_of(given: Namespace) -> DeviceSettings:
    """The checked settings of a parsed command line.

    Raises:
        DeviceSettingsError: an option is invalid; the message names it.
    """
    ca_file = getattr(given, "ca_file", None)
    return DeviceSettings.checked(
        issuer=given.issuer,
        client_id=given.client_id,
        scope=getattr(given, "scope", None) or "",
        device_name=getattr(given, "device_name", None),
        token_file=given.token_file and Path(given.token_file),
        ca_file=ca_file and Path(ca_file),
        client_secret=os.environ.get("PAIRGRANT_CLIENT_SECRET"),
        hint=os.environ.get("PAIRGRANT_HINT"),
        uses_dpop=getattr(given, "dpop", _proves_a_key()),
        device_label=getattr(given, "device_label", None),
        static_qr=getattr(given, "static_qr", False),
    )
