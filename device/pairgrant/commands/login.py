"""``pairgrant login``: pair this device and store its tokens for ``pairgrant token``."""

from argparse import Namespace
from dataclasses import replace

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
from pairgrant.exit_codes import ExitCode
from pairgrant.settings import DeviceSettings
from pairgrant.sign_in.local_browser import SUGGESTION, has_browser
from pairgrant.terminal import can_draw_blocks, has_screens, print_err, why_no_screens

_MORE = """\
On a terminal this opens a screen; without one, or with --plain, it prints
lines. A client with a secret reads it from PAIRGRANT_CLIENT_SECRET.

If this machine has a browser, --browser is safer: the sign-in comes back to
this program, and there is no code that an attacker could talk you into
approving. The client needs the grant authorization_code and the redirect URI
http://127.0.0.1/callback.

examples:
  pairgrant login --issuer http://192.168.1.20:8628
  pairgrant login --json
    {"event": "code", "user_code": "WDJB-MJHT", "verification_uri": "…", …}
    {"event": "stage", "stage": "opened"}
    {"event": "authorized", "scope": "…", "expires_in": 600, …}
  if the server wants a number typed on the phone, show it to the person:
    {"event": "number", "number": "47"}
  pairgrant login --browser
  pairgrant login --browser --json
    {"event": "browser", "authorization_uri": "…", "expires_in": 600}
    {"event": "authorized", …}
  if the server requires the digits that the phone shows, write them to stdin:
    {"event": "pin_wanted", "digits": 3, "tries_left": 3}
  other events: "denied", "expired" or "error" (with error and message) at the
  end; "warning", "trouble" and "trouble_ended" before

exit codes: 0 signed in, 1 an error (the message says what to do), 2 wrong
  usage, 3 denied, 4 the code expired, 130 interrupted
"""


def add_to(subcommands: Subcommands) -> None:
    summary = "Sign in: show a code, wait until it is approved on a phone, store the tokens."
    parser = add_command(subcommands, "login", summary, _MORE, PAIRING)
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--plain", action="store_true", help="print lines of text instead of a screen")
    form.add_argument("--json", action="store_true", help="print one JSON object per line, for programs")
    parser.add_argument(
        "--browser", action="store_true", help="sign in with the browser of this machine instead of a phone"
    )
    add_theme(parser)
    add_dpop(parser)
    add_static_qr(parser)
    add_text_options(parser)
    parser.set_defaults(run=run)


def run(given: Namespace) -> ExitCode:
    import asyncio  # noqa: PLC0415 - a command imports only what it needs

    if given.json:
        from pairgrant.text.login import json_login  # noqa: PLC0415 - httpx

        return asyncio.run(json_login(lambda: settings_of(given), by_browser=given.browser))
    settings = settings_of(given)
    if given.browser:
        from pairgrant.text.login import plain_browser_login  # noqa: PLC0415 - httpx

        return asyncio.run(plain_browser_login(settings))
    obstacle = why_no_screens()
    if obstacle is None and not has_screens():
        obstacle = "the screens are not installed (pip install 'pairgrant[kiosk]')"
    if not given.plain and obstacle is None:
        from pairgrant.tui.run import run_login  # noqa: PLC0415 - Textual only for screens

        return run_login(_with_browser_hint(settings), theme=given.theme)
    from pairgrant.text.login import plain_login  # noqa: PLC0415 - httpx

    if not given.plain:
        print_err(f"Plain text: {obstacle}.")
    if has_browser():
        print_err(SUGGESTION)
    return asyncio.run(plain_login(settings, qr=can_draw_blocks() if given.qr is None else given.qr))


def _with_browser_hint(settings: DeviceSettings) -> DeviceSettings:
    """``settings`` with a hint at ``--browser``, if there is a browser and nothing more important to show."""
    from pairgrant.sign_in.device_sign_in import plain_http_warning  # noqa: PLC0415 - httpx

    if settings.hint or not has_browser() or plain_http_warning(settings.issuer):
        return settings
    return replace(settings, hint=SUGGESTION)
