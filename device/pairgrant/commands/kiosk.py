"""``pairgrant kiosk``: a screen that connects when someone asks, and then shows that person's notices."""

from argparse import Namespace

from pairgrant.commands.options import (
    PAIRING,
    Subcommands,
    add_command,
    add_dpop,
    add_text_options,
    add_theme,
    settings_of,
)
from pairgrant.errors import ScreensMissingError
from pairgrant.exit_codes import ExitCode
from pairgrant.terminal import can_draw_blocks, has_screens, print_err, why_no_screens

_MORE = """\
The sign-in is kept, so that the screen is connected again after a restart. Without a terminal, or with
--plain, it pairs at once and then prints the notices as lines. A client that was given a secret takes it from
PAIRGRANT_CLIENT_SECRET.

example:
  pairgrant kiosk --issuer http://192.168.1.20:8628 --device-name "Lobby screen"

exit codes: 0 left with q, 1 something went wrong (stderr says what), 130 interrupted;
  as plain text also 3 denied, 4 the code ran out, 5 the sign-in has ended
"""


def add_to(subcommands: Subcommands) -> None:
    summary = "Run a screen without a keyboard: connect it from a phone, then watch the notices."
    parser = add_command(subcommands, "kiosk", summary, _MORE, PAIRING)
    add_theme(parser)
    add_dpop(parser)
    parser.add_argument("--plain", action="store_true", help="lines of text instead of screens")
    add_text_options(parser)
    parser.set_defaults(run=run)


def run(given: Namespace) -> ExitCode:
    settings = settings_of(given)
    obstacle = why_no_screens()
    if not given.plain and obstacle is None:
        if not has_screens():
            raise ScreensMissingError
        from pairgrant.tui.run import run_kiosk  # noqa: PLC0415 - Textual only where it draws

        return run_kiosk(settings, theme=given.theme)
    import asyncio  # noqa: PLC0415 - every command loads its own

    from pairgrant.text.kiosk import plain_kiosk  # noqa: PLC0415 - httpx

    if not given.plain:
        print_err(f"Plain text, because {obstacle}.")
    return asyncio.run(plain_kiosk(settings, qr=can_draw_blocks() if given.qr is None else given.qr))
