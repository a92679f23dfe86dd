"""``pairgrant kiosk``: a screen that a person connects, and that then shows the person's notices."""

from argparse import Namespace

from pairgrant.commands.options import (
    PAIRING,
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
from pairgrant.terminal import can_draw_blocks, has_screens, print_err, why_no_screens

_MORE = """\
The sign-in is stored, so that the screen is connected again after a restart.
Without a terminal, or with --plain, it pairs at once and then prints the
notices as lines. The client needs the scope board:read to show notices. A
client with a secret reads it from PAIRGRANT_CLIENT_SECRET.

example:
  pairgrant kiosk --issuer http://192.168.1.20:8628 --device-name "Lobby screen"

exit codes: 0 left with q, 1 an error (stderr says which), 130 interrupted;
  as plain text also 3 denied, 4 the code expired, 5 the sign-in has ended
"""


def add_to(subcommands: Subcommands) -> None:
    summary = "Run a screen: connect it with a phone, then show the notices."
    parser = add_command(subcommands, "kiosk", summary, _MORE, PAIRING)
    add_theme(parser)
    add_dpop(parser)
    add_static_qr(parser)
    parser.add_argument("--plain", action="store_true", help="print lines of text instead of screens")
    add_text_options(parser)
    parser.set_defaults(run=run)


def run(given: Namespace) -> ExitCode:
    settings = settings_of(given)
    obstacle = why_no_screens()
    if not given.plain and obstacle is None:
        if not has_screens():
            raise ScreensMissingError
        from pairgrant.tui.run import run_kiosk  # noqa: PLC0415 - Textual only for screens

        return run_kiosk(settings, theme=given.theme)
    import asyncio  # noqa: PLC0415 - a command imports only what it needs

    from pairgrant.text.kiosk import plain_kiosk  # noqa: PLC0415 - httpx

    if not given.plain:
        print_err(f"Plain text: {obstacle}.")
    return asyncio.run(plain_kiosk(settings, qr=can_draw_blocks() if given.qr is None else given.qr))
