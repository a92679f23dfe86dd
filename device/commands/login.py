"""``pairgrant login``: pair this device and keep its tokens for ``pairgrant token``."""

from argparse import Namespace

from device.commands.options import (
    PAIRING,
    Subcommands,
    add_command,
    add_dpop,
    add_text_options,
    add_theme,
    settings_of,
)
from device.exit_codes import ExitCode
from device.terminal import aside, can_draw_blocks, why_no_screens

_MORE = """\
On a terminal this opens a screen; without one, or with --plain, it prints lines. A client that was given a
secret takes it from PAIRGRANT_CLIENT_SECRET.

examples:
  pairgrant login --issuer http://192.168.1.20:8628
  pairgrant login --browser          where this machine has a browser: nothing to type, nothing to scan
  pairgrant login --json
    {"event": "code", "user_code": "WDJB-MJHT", "verification_uri": "…", "expires_in": 600}
    {"event": "stage", "stage": "opened"}
    {"event": "authorized", "scope": "…", "expires_in": 600, "token_file": "…"}
  where the server asks for the digits that only the phone shows:
    {"event": "pin_wanted", "digits": 3, "tries_left": 3}     write them to stdin, as a line
  other events: "denied", "expired", "error" (with error and message) at the end; "warning", "trouble" and
  "trouble_ended" on the way

  with --browser: {"event": "browser", "authorization_uri": "…"} instead of "code"

exit codes: 0 signed in, 1 something went wrong (the text says what to do), 3 denied on the phone,
  4 the code ran out, 130 interrupted
"""


def add_to(subcommands: Subcommands) -> None:
    summary = "Sign in: show a code, wait until it is approved on a phone, keep the tokens."
    parser = add_command(subcommands, "login", summary, _MORE, PAIRING)
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--plain", action="store_true", help="lines of text instead of a screen")
    form.add_argument("--json", action="store_true", help="one JSON object a line, for programs")
    parser.add_argument(
        "--browser",
        action="store_true",
        help="sign in with the browser of this machine instead of a second device",
    )
    add_theme(parser)
    add_dpop(parser)
    add_text_options(parser)
    parser.set_defaults(run=run)


def run(given: Namespace) -> ExitCode:
    import asyncio  # noqa: PLC0415 - every command loads its own

    if given.browser:
        from device.browser_login import browser_login, json_browser_login  # noqa: PLC0415 - httpx

        if given.json:
            return asyncio.run(json_browser_login(lambda: settings_of(given)))
        return asyncio.run(browser_login(settings_of(given)))
    if given.json:
        from device.plain_login import json_login  # noqa: PLC0415 - httpx

        return asyncio.run(json_login(lambda: settings_of(given)))
    settings = settings_of(given)
    obstacle = why_no_screens()
    if not given.plain and obstacle is None:
        from device.tui.run import run_login  # noqa: PLC0415 - Textual only where it draws

        return run_login(settings, theme=given.theme)
    from device.plain_login import plain_login  # noqa: PLC0415 - httpx

    if not given.plain:
        aside(f"Plain text, because {obstacle}.")
    return asyncio.run(plain_login(settings, qr=can_draw_blocks() if given.qr is None else given.qr))
