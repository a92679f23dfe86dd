"""``pairgrant kiosk``: a screen that a person connects, and that then shows the person's notices."""

import os
import sys
from argparse import ArgumentParser, BooleanOptionalAction, Namespace
from dataclasses import replace

from pairgrant.commands.options import (
    PAIRING,
    YES,
    Option,
    Subcommands,
    add_command,
    add_dpop,
    add_static_qr,
    add_text_options,
    add_theme,
    settings_of,
)
from pairgrant.errors import ScreensMissingError
from pairgrant.exit_codes import ExitCode
from pairgrant.journal import checked_directory, checked_file
from pairgrant.terminal import can_draw_blocks, has_screens, print_err, why_no_screens

_MORE = """\
The sign-in is stored, so that the screen is connected again after a restart.
Without a terminal, or with --plain, it pairs at once and then prints the
notices as lines. With --auto, the default without a terminal, it runs by
itself: a code is shown at the start, and again some time after a denial, a
sign-out or the end of the sign-in. While there is no network or no server, it
keeps trying. The client needs the scope board:read to show notices. A
client with a secret reads it from PAIRGRANT_CLIENT_SECRET.

example:
  pairgrant kiosk --issuer http://192.168.1.20:8628 --device-name "Lobby screen"

exit codes: 0 left with q, 1 an error (stderr says which), 130 interrupted;
  as plain text without --auto also 3 denied, 4 the code expired, 5 the
  sign-in has ended
"""

FILES = (
    Option("log_file", "FILE", "file to which a line is added for each change of state", otherwise="none"),
    Option("health_file", "FILE", "JSON file with the state, written every 10 seconds", otherwise="none"),
)


def add_to(subcommands: Subcommands) -> None:
    summary = "Run a screen: connect it with a phone, then show the notices."
    parser = add_command(subcommands, "kiosk", summary, _MORE, PAIRING)
    add_theme(parser)
    add_dpop(parser)
    add_static_qr(parser)
    parser.add_argument("--plain", action="store_true", help="print lines of text instead of screens")
    add_text_options(parser)
    _add_auto(parser)
    for option in FILES:
        option.add_to(parser)
    parser.set_defaults(run=run)


def _add_auto(parser: ArgumentParser) -> None:
    wanted = os.environ.get("PAIRGRANT_AUTO", "").lower()
    parser.add_argument(
        "--auto",
        action=BooleanOptionalAction,
        default=wanted in YES if wanted else None,
        help="show a code without a key being pressed, and never exit by itself "
        "[PAIRGRANT_AUTO=yes; default: without a terminal]",
    )


def run(given: Namespace) -> ExitCode:
    settings = replace(
        settings_of(given),
        log_file=checked_file("--log-file", given.log_file),
        health_file=checked_directory("--health-file", given.health_file),
    )
    auto = given.auto if given.auto is not None else not (sys.stdin and sys.stdin.isatty())
    obstacle = why_no_screens()
    if not given.plain and obstacle is None:
        if not has_screens():
            raise ScreensMissingError
        from pairgrant.tui.run import run_kiosk  # noqa: PLC0415 - Textual only for screens

        return run_kiosk(settings, theme=given.theme, auto=auto)
    import asyncio  # noqa: PLC0415 - a command imports only what it needs

    from pairgrant.text.kiosk import plain_kiosk  # noqa: PLC0415 - httpx

    if not given.plain:
        print_err(f"Plain text: {obstacle}.")
    qr = can_draw_blocks() if given.qr is None else given.qr
    return asyncio.run(plain_kiosk(settings, qr=qr, auto=auto))
