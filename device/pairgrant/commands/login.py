"""``pairgrant login``: pair this device and store its tokens for ``pairgrant token``."""

from argparse import Namespace
from dataclasses import replace
from typing import TYPE_CHECKING

from pairgrant.commands.chosen import Chosen
from pairgrant.commands.options import (
    PAIRING,
    Subcommands,
    add_command,
    chosen_by,
    settings_of,
    speak,
    theme_of,
)
from pairgrant.commands.profile_options import remember
from pairgrant.errors import DeviceSettingsError
from pairgrant.exit_codes import ExitCode
from pairgrant.kiosk_options import KioskOptions
from pairgrant.session.device_record import LoginWay
from pairgrant.settings import DeviceSettings
from pairgrant.sign_in.local_browser import SUGGESTION, has_browser, opens_in_front
from pairgrant.sign_in.login_way import LoginChoice, login_choice
from pairgrant.terminal import can_draw_blocks, has_screens, is_terminal, print_err, why_no_screens
from pairgrant.translation import Translatable, gettext, translated

if TYPE_CHECKING:
    from pairgrant.text.code_actions import CodeActions

_MORE = """\
On a terminal this opens a screen; without one, or with --plain, it prints
lines. A client with a secret reads it from PAIRGRANT_CLIENT_SECRET.

On a terminal beside which a browser can open, it is used instead of a code if
the server offers that to the client: the sign-in comes back to this program,
and there is no code that an attacker could talk you into approving. It is not
used over SSH, as root, without a terminal, or with --json. --device-code or
--browser decides, and the next sign-in does the same (but not with --json).
The client needs the grant authorization_code and the redirect URI
http://127.0.0.1/callback.

examples:
  pairgrant login --issuer http://192.168.1.20:8628
  pairgrant login --json
    {"event": "code", "user_code": "WDJB-MJHT", "verification_uri": "…", …}
    {"event": "stage", "stage": "opened"}
    {"event": "authorized", "scope": "…", "expires_in": 600, …}
  if the server wants a number typed on the phone, show it to the person:
    {"event": "number", "number": "47"}
  pairgrant login --open --copy
    a code in lines of text; the browser of this machine has the page for it
  pairgrant login --browser
  pairgrant login --browser --json
    {"event": "browser", "authorization_uri": "…", "expires_in": 600}
    {"event": "authorized", …}
  if the server requires the digits that the phone shows, write them to stdin:
    {"event": "pin_wanted", "digits": 3, "tries_left": 3}
  other events: "denied", "expired" or "error" (with error and message) at the
  end; "warning", "trouble" and "trouble_ended" before

exit codes: 0 signed in, 1 an error (the message says what to do), 2 an option
  or a variable can't be used, 3 denied, 4 the code expired, 7 the server can't
  be reached, 130 interrupted
"""

_REMEMBERED = {
    LoginWay.BROWSER: Translatable("The next sign-in uses the browser too; --device-code changes that."),
    LoginWay.DEVICE_CODE: Translatable("The next sign-in uses a code too; --browser changes that."),
}


def add_to(subcommands: Subcommands) -> None:
    summary = "Sign in: show a code, wait until it is approved on a phone, store the tokens."
    parser = add_command(subcommands, "login", summary, _MORE, PAIRING)
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--plain", action="store_true", help="print lines of text instead of a screen")
    form.add_argument("--json", action="store_true", help="print one JSON object per line, for programs")
    way = parser.add_mutually_exclusive_group()
    way.add_argument(
        "--browser",
        action="store_const",
        const=LoginWay.BROWSER,
        dest="way",
        help="sign in with the browser of this machine instead of a phone, from now on",
    )
    way.add_argument(
        "--device-code",
        action="store_const",
        const=LoginWay.DEVICE_CODE,
        dest="way",
        help="sign in with a code for the phone, from now on",
    )
    parser.add_argument(
        "--open",
        action="store_true",
        help="show a code, and open the verification address in the browser of this machine",
    )
    parser.add_argument(
        "--copy",
        action="store_true",
        help="show a code, and send it to the clipboard of this terminal (OSC 52), also over SSH",
    )
    parser.add_argument(
        "--no-wait",
        action="store_true",
        help="show a code and exit; `pairgrant wait HANDLE` goes on with the sign-in",
    )
    parser.set_defaults(run=run)


def run(given: Namespace) -> ExitCode:
    import asyncio  # noqa: PLC0415 - a command imports only what it needs

    chosen = chosen_by(given, makes_profile=True)
    code = _sign_in(given, chosen)
    if code is ExitCode.DONE and (profile := chosen["profile"]):
        asyncio.run(remember(profile, chosen))
    return code


def _sign_in(given: Namespace, chosen: Chosen) -> ExitCode:
    from pairgrant.interruption import run_interruptibly  # noqa: PLC0415 - asyncio only for a sign-in

    _check_actions(given)
    if given.no_wait:
        return _begin(given, chosen)
    if given.json:
        from pairgrant.text.login import json_login  # noqa: PLC0415 - httpx

        by_browser = given.way is LoginWay.BROWSER
        return run_interruptibly(
            json_login(settings_of(chosen), by_browser=by_browser, actions=_actions(given))
        )
    from pairgrant.clock import system_clock  # noqa: PLC0415 - a command imports only what it needs
    from pairgrant.session.device_file import device_file  # noqa: PLC0415 - a command imports only what it needs

    speak(chosen)
    settings = settings_of(chosen)
    record = device_file(settings, system_clock())
    remembered = record.load().login_way
    choice = login_choice(
        given.way, remembered, has_browser=has_browser(), is_in_front=is_terminal() and opens_in_front()
    )
    acts = given.open or given.copy
    code = _by_browser(settings, choice) if choice.way is LoginWay.BROWSER and not acts else None
    if code is None and acts:
        code = _by_code_in_lines(settings, chosen, _actions(given))
    if code is None:
        is_open = choice.way is LoginWay.DEVICE_CODE and not (given.way or remembered)
        is_suggested = is_open and settings.provider is None and has_browser()
        code = _by_device_code(settings, chosen, is_plain=given.plain, is_suggested=is_suggested)
    if code is ExitCode.DONE and given.way not in {None, remembered}:
        run_interruptibly(record.remember(given.way))
        print_err(translated(_REMEMBERED[given.way]))
    return code


def _begin(given: Namespace, chosen: Chosen) -> ExitCode:
    """Show a code, and leave the rest to ``pairgrant wait``."""
    from pairgrant.interruption import run_interruptibly  # noqa: PLC0415 - asyncio only for a sign-in
    from pairgrant.text.deferred_login import begin_json, begin_plain  # noqa: PLC0415 - httpx

    if given.way is LoginWay.BROWSER:
        raise DeviceSettingsError("--no-wait can't be used with --browser: only a code can wait.")
    speak(chosen)
    settings = settings_of(chosen)
    if given.json:
        return run_interruptibly(begin_json(settings, actions=_actions(given)))
    return run_interruptibly(begin_plain(settings, qr=_qr(chosen), actions=_actions(given)))


def _check_actions(given: Namespace) -> None:
    """Refuse --open and --copy where they would do nothing.

    Raises:
        DeviceSettingsError: they can't be used with another option.
    """
    if given.way is LoginWay.BROWSER and (given.open or given.copy):
        name = "--open" if given.open else "--copy"
        raise DeviceSettingsError(f"{name} can't be used with --browser, which has no code.")
    if given.copy and given.json:
        raise DeviceSettingsError("--copy can't be used with --json, whose output is not for a terminal.")


def _actions(given: Namespace) -> "CodeActions":
    from pairgrant.text.code_actions import CodeActions  # noqa: PLC0415 - httpx

    return CodeActions(opens=given.open, copies=given.copy)


def _qr(chosen: Chosen) -> bool | None:
    """Whether plain text shows a QR code; None: where it fits."""
    qr: bool | None = chosen["qr"]
    return False if qr is None and not can_draw_blocks() else qr


def _by_code_in_lines(settings: DeviceSettings, chosen: Chosen, actions: "CodeActions") -> ExitCode:
    """Sign in with a code in plain text, as a browser or the clipboard has the rest."""
    from pairgrant.interruption import run_interruptibly  # noqa: PLC0415 - asyncio only for a sign-in
    from pairgrant.text.login import plain_login  # noqa: PLC0415 - httpx

    return run_interruptibly(plain_login(settings, qr=_qr(chosen), actions=actions))


def _by_browser(settings: DeviceSettings, choice: LoginChoice) -> ExitCode | None:
    """Sign in with the browser; None if a code has to do, because the server doesn't offer this way."""
    from pairgrant.interruption import run_interruptibly  # noqa: PLC0415 - asyncio only for a sign-in
    from pairgrant.text import login  # noqa: PLC0415 - httpx

    if choice.is_demanded:
        return run_interruptibly(login.plain_browser_login(settings))
    return run_interruptibly(login.plain_browser_login_if_offered(settings))


def _by_device_code(
    settings: DeviceSettings, chosen: Chosen, *, is_plain: bool, is_suggested: bool
) -> ExitCode:
    """Sign in with a code; ``is_suggested``: hint at the browser."""
    obstacle = why_no_screens()
    if obstacle is None and not has_screens():
        obstacle = Translatable("the screens are not installed (pip install 'pairgrant[kiosk]')")
    if not is_plain and obstacle is None:
        from pairgrant.tui.run import run_login  # noqa: PLC0415 - Textual only for screens

        if is_suggested:
            settings = _with_browser_hint(settings)
        return run_login(settings, KioskOptions(theme=theme_of(chosen)))
    from pairgrant.interruption import run_interruptibly  # noqa: PLC0415 - asyncio only for a sign-in
    from pairgrant.text.login import plain_login  # noqa: PLC0415 - httpx

    if not is_plain:
        print_err(gettext("Plain text: {reason}.", reason=translated(obstacle or "")))
    if is_suggested:
        print_err(translated(SUGGESTION))
    return run_interruptibly(plain_login(settings, qr=_qr(chosen)))


def _with_browser_hint(settings: DeviceSettings) -> DeviceSettings:
    """``settings`` with a hint at ``--browser``, if there is nothing more important to show."""
    from pairgrant.sign_in.device_sign_in import plain_http_warning  # noqa: PLC0415 - httpx

    if settings.hint or plain_http_warning(settings.issuer):
        return settings
    return replace(settings, hint=SUGGESTION)
