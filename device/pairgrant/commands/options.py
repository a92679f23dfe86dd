"""The options that the commands of ``pairgrant`` share; each can also come from a ``PAIRGRANT_*`` variable.

Some have no flag: the secret of the client, because every user of the machine can read a command line (its
file has one), and the hints that a demo shows. The module uses argparse, because importing typer would take
longer than ``pairgrant token`` may take in all.
"""

import os
from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from pathlib import Path
from typing import Any, Protocol

from pairgrant.commands.chosen import Chosen, choose
from pairgrant.commands.option import Form, Option
from pairgrant.commands.profile_options import entries_of, profile_name
from pairgrant.commands.server_choice import server_of
from pairgrant.errors import DeviceSettingsError
from pairgrant.kiosk_options import AUTO
from pairgrant.settings import DEFAULT_CLIENT_ID, DEFAULT_ISSUER, DeviceSettings, Place
from pairgrant.translation import language_of, languages, use_language


class Subcommands(Protocol):
    """The object that ``add_subparsers`` returns; argparse has no public name for it."""

    def add_parser(self, name: str, **settings: Any) -> ArgumentParser: ...

    @property
    def choices(self) -> Any:
        """Command -> its parser."""


ISSUER = Option("issuer", "URL", "address of the server (its issuer)", DEFAULT_ISSUER)
PROVIDER = Option(
    "provider",
    "NAME",
    "preset of the server, such as github; `pairgrant providers` lists them",
    otherwise="none: the server follows the RFCs",
)
PROVIDER_VAR = Option(
    "provider_var",
    "NAME=VALUE",
    "variable of the preset, such as its tenant; several are separated by commas",
    otherwise="as the preset says",
    form=Form.LIST,
)
DEVICE_ENDPOINT = Option(
    "device_endpoint",
    "URL",
    "device authorization endpoint of the server",
    otherwise="as its metadata say",
)
TOKEN_ENDPOINT = Option(
    "token_endpoint", "URL", "token endpoint of the server", otherwise="as its metadata say"
)
REVOCATION_ENDPOINT = Option(
    "revocation_endpoint", "URL", "revocation endpoint of the server", otherwise="as its metadata say"
)
USERINFO_ENDPOINT = Option(
    "userinfo_endpoint", "URL", "userinfo endpoint of the server", otherwise="as its metadata say"
)
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
CA_FILE = Option(
    "ca_file",
    "FILE",
    "certificate authorities to trust, a PEM file or a folder",
    otherwise="those of the system",
)
CLIENT_SECRET = Option("client_secret", "TEXT", "secret of a confidential client", form=Form.NO_FLAG)
CLIENT_SECRET_FILE = Option(
    "client_secret_file",
    "FILE",
    "file with the secret of a confidential client, readable by its owner only",
    otherwise="none",
)
HINT = Option("hint", "TEXT", "a line to show beside the code", form=Form.NO_FLAG)
SIGN_IN_HINT = Option("sign_in_hint", "TEXT", "how to sign in on the phone", form=Form.NO_FLAG)
PROVES_A_KEY = Option("dpop", "", "whether the tokens are bound to a key", form=Form.NO_FLAG)

THEME = Option(
    "theme",
    "THEME",
    "colours of the screens; auto: those that suit the background of the terminal",
    AUTO,
    choices=(AUTO, "dark", "light", "high-contrast", "console"),
)
LANGUAGE = Option(
    "language",
    "CODE",
    "language of the texts",
    choices=tuple(languages()),
    otherwise="that of the locale, or en",
)
DPOP = Option(
    "dpop",
    "",
    "use plain bearer tokens, even if the server can bind them to a key",
    otherwise="bind if possible",
    form=Form.OFF,
)
STATIC_QR = Option(
    "static_qr",
    "",
    "keep the QR code on the screen unchanged; otherwise it changes every 15 seconds, "
    "so that the server knows that it was scanned just now",
    form=Form.ON,
)
QR = Option(
    "qr",
    "",
    "show a QR code in plain text",
    otherwise="on a terminal, where it fits",
    form=Form.ON_OFF,
    has_variable=False,
)

STORE = Option(
    "store",
    "PLACE",
    "where the tokens of the sign-in are stored",
    choices=("auto", "file", "keyring"),
    otherwise="auto; file for kiosk",
)
PROFILE = Option(
    "profile",
    "NAME",
    "name of the sign-in, for several accounts or servers",
    otherwise="none",
    in_file=False,
)

CREDENTIAL_HOSTS = Option(
    "credential_hosts",
    "HOST,HOST",
    "other hosts that may get the token, by https only, such as a registry",
    otherwise="only the server",
    form=Form.LIST,
    in_file=False,
)

_SECRET = (CLIENT_SECRET, CLIENT_SECRET_FILE, HINT, SIGN_IN_HINT)
SERVER = (
    PROFILE,
    ISSUER,
    PROVIDER,
    PROVIDER_VAR,
    DEVICE_ENDPOINT,
    TOKEN_ENDPOINT,
    REVOCATION_ENDPOINT,
    USERINFO_ENDPOINT,
)
DEVICE = (PROFILE, ISSUER, CLIENT_ID, DEVICE_NAME, DEVICE_LABEL, TOKEN_FILE, PROVES_A_KEY, *_SECRET)
SIGNED_IN = (*SERVER, CLIENT_ID, TOKEN_FILE, CA_FILE, PROVES_A_KEY, *_SECRET)
CREDENTIALS = (*SIGNED_IN, CREDENTIAL_HOSTS)
PAIRING = (
    *SERVER,
    CLIENT_ID,
    SCOPE,
    DEVICE_NAME,
    DEVICE_LABEL,
    TOKEN_FILE,
    STORE,
    CA_FILE,
    THEME,
    LANGUAGE,
    DPOP,
    STATIC_QR,
    QR,
    *_SECRET,
)


def add_command(
    subcommands: Subcommands, name: str, summary: str, more: str, options: tuple[Option, ...]
) -> ArgumentParser:
    """The parser of one command; ``more`` is shown below its options, unchanged."""
    parser = add_plain_command(subcommands, name, summary, more)
    for option in options:
        option.add_to(parser)
    parser.set_defaults(options=options)
    return parser


def add_plain_command(subcommands: Subcommands, name: str, summary: str, more: str) -> ArgumentParser:
    """The parser of a command without the shared options."""
    parser = subcommands.add_parser(
        name,
        help=summary,
        description=summary,
        epilog=more,
        formatter_class=RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.set_defaults(parser=parser)
    return parser


def chosen_by(given: Namespace, *, makes_profile: bool = False) -> Chosen:
    """The values of the options of a command, from its command line, the variables and its profile.

    Raises:
        DeviceSettingsError: a variable has a value that its option doesn't have, or there is no such profile;
            ``makes_profile``: a new one is no error.
        TokenStoreError: the file of the profiles can't be used.
    """
    name = profile_name(given, PROFILE)
    entries = None if name is None else entries_of(name, may_be_new=makes_profile)
    return choose(given, given.options, os.environ, entries)


def theme_of(chosen: Chosen) -> str:
    """The chosen theme, or the one of a console."""
    theme: str = chosen["theme"]
    return "console" if theme == AUTO and os.environ.get("TERM") == "linux" else theme


def speak(chosen: Chosen) -> None:
    """Use the chosen language, or else that of the locale."""
    use_language(chosen["language"] or language_of(os.environ))


def settings_of(chosen: Chosen) -> DeviceSettings:
    """The checked settings.

    Raises:
        DeviceSettingsError: an option is invalid; the message names it.
    """
    token_file, ca_file = chosen["token_file"], chosen.get("ca_file")
    with chosen.naming_origins():
        issuer, provider, endpoints = server_of(chosen)
        return DeviceSettings.checked(
            issuer=issuer,
            client_id=chosen["client_id"],
            scope=chosen.get("scope") or "",
            device_name=chosen.get("device_name"),
            token_file=token_file and Path(token_file),
            ca_file=ca_file and Path(ca_file),
            client_secret=client_secret_of(chosen),
            hint=chosen["hint"],
            sign_in_hint=chosen["sign_in_hint"],
            uses_dpop=chosen["dpop"] is not False,
            device_label=chosen.get("device_label"),
            static_qr=bool(chosen.get("static_qr")),
            profile=chosen.get("profile"),
            place=Place(chosen.get("store") or Place.AUTO),
            provider=provider,
            endpoints=endpoints,
        )


def client_secret_of(chosen: Chosen) -> str | None:
    """The secret, or the one in the file if that has more precedence."""
    secret: str | None = chosen["client_secret"]
    file = chosen["client_secret_file"]
    if not file or (secret and chosen.rank("client_secret") > chosen.rank("client_secret_file")):
        return secret
    if secret and chosen.rank("client_secret") == chosen.rank("client_secret_file"):
        raise DeviceSettingsError("--client-secret-file can't be used together with client_secret.")
    from pairgrant.commands.secret_file import read_secret  # noqa: PLC0415 - keeps `pairgrant token` fast

    return read_secret("--client-secret-file", Path(file))
