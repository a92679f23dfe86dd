"""``pairgrant kiosk``: a screen that a person connects, and that then shows the person's notices."""

import os
import re
import shlex
import sys
from argparse import Namespace
from dataclasses import replace
from datetime import time
from difflib import get_close_matches
from pathlib import Path

from pairgrant.commands.chosen import Chosen, choose
from pairgrant.commands.option import Form, Option
from pairgrant.commands.options import (
    PAIRING,
    PROFILE,
    Subcommands,
    add_command,
    settings_of,
    speak,
    theme_of,
)
from pairgrant.commands.profile_options import entries_of, profile_name
from pairgrant.commands.secret_file import read_secret
from pairgrant.errors import DeviceSettingsError, ScreensMissingError
from pairgrant.exit_codes import ExitCode
from pairgrant.journal import checked_directory, checked_file
from pairgrant.kiosk_options import KioskOptions
from pairgrant.logo import load_logo
from pairgrant.quiet_hours import QuietHours, parse_quiet_hours
from pairgrant.settings import DeviceSettings, Place
from pairgrant.terminal import (
    can_draw_blocks,
    has_screens,
    has_server_of_screens,
    ignore_signals_of_keys,
    is_served,
    print_err,
    why_no_screens,
)
from pairgrant.translation import gettext, translated
from pairgrant_protocol.colour import NAMES, parse_colour
from pairgrant_protocol.secret import Secret
from pairgrant_protocol.visible_text import visible

_MORE = """\
The sign-in is stored, so that the screen is connected again after a restart.
Without a terminal, or with --plain, it pairs at once and then prints the
notices as lines. With --auto, the default without a terminal, it runs by
itself: a code is shown at the start, and again some time after a denial, a
sign-out or the end of the sign-in. While there is no network or no server, it
keeps trying. The client needs the scope board:read to show notices. A
client with a secret reads it from --client-secret-file or
PAIRGRANT_CLIENT_SECRET.

With --lock no key leaves the kiosk, signs it out or shows its tokens, and the
keys for that are not shown. Esc (Back on a remote) pressed three times within
three seconds, or three taps into the corner at the top left, ask for the PIN
in --pin-file, 4 to 12 digits; without that file nothing opens the lock.

With --guest-idle or --guest-until a sign-in ends by itself, after a countdown:
the tokens are deleted here and revoked at the server, now or as soon as it can
be reached. With --guest-idle a restart ends it, too.

The options can also stand in a provisioning file, by their names:
  issuer = "https://pair.example"
  device_name = "Lobby screen"
  auto = true

examples:
  pairgrant kiosk --issuer http://192.168.1.20:8628 --device-name "Lobby screen"
  pairgrant kiosk --check-config
  pairgrant kiosk --serve

exit codes: 0 left with q, 1 an error (stderr says which) or a problem that
  --check-config found, 130 interrupted;
  as plain text without --auto also 3 denied, 4 the code expired, 5 the
  sign-in has ended
"""

PIN_LENGTHS = range(4, 13)
GUEST_MINUTES = range(1, 1441)

DEFAULT_FILE = Path("/etc/pairgrant/kiosk.toml")
"""The provisioning file that is read if it exists."""

SERVE_DEFAULT = "127.0.0.1:8629"

_LONGEST_BRAND = 40

PLAIN = Option("plain", "", "print lines of text instead of screens", form=Form.ON, has_variable=False)
AUTO = Option(
    "auto",
    "",
    "show a code without a key being pressed, and never exit by itself",
    otherwise="without a terminal",
    form=Form.ON_OFF,
)
BELL = Option(
    "bell",
    "",
    "ring the bell of the terminal when a pairing succeeds, and when it needs the person at the screen",
    form=Form.ON,
)
BRAND = Option(
    "brand", "NAME", "name at the top of every screen, at most 40 characters", otherwise="Pairgrant"
)
ACCENT = Option(
    "accent",
    "COLOUR",
    "colour of codes and headings: #rrggbb, or a name such as teal",
    otherwise="that of the theme",
)
LOGO = Option("logo", "FILE", "text or PNG file to show where there is room", otherwise="none")
QUIET_HOURS = Option(
    "quiet_hours",
    "HH:MM-HH:MM",
    "local time at which the screen is dim and shows no code by itself",
    otherwise="none",
)
LOCK = Option(
    "lock", "", "let no key leave the kiosk, sign it out or show its tokens", otherwise="no", form=Form.ON_OFF
)
PIN_FILE = Option("pin_file", "FILE", "file with the PIN that opens the lock", otherwise="nothing opens it")
GUEST_IDLE = Option(
    "guest_idle",
    "MINUTES",
    "sign out when no key was pressed and no mouse moved for so long",
    otherwise="never",
    is_number=True,
)
GUEST_UNTIL = Option("guest_until", "HH:MM", "sign out each day at this local time", otherwise="never")
LOG_FILE = Option(
    "log_file", "FILE", "file to which a line is added for each change of state", otherwise="none"
)
HEALTH_FILE = Option(
    "health_file", "FILE", "JSON file with the state, written every 10 seconds", otherwise="none"
)

RUNS = (PLAIN, AUTO, BELL, LOCK, PIN_FILE, GUEST_IDLE, GUEST_UNTIL)
LOOKS = (BRAND, ACCENT, LOGO, QUIET_HOURS)
KIOSK = (*PAIRING, *RUNS, *LOOKS, LOG_FILE, HEALTH_FILE)
"""All options of this command; ``kiosk_options`` reads those that are not of ``settings_of``."""


CONFIG = Option(
    "config",
    "FILE",
    "provisioning file with these options",
    otherwise=f"{DEFAULT_FILE} if it exists",
    in_file=False,
)


def add_to(subcommands: Subcommands) -> None:
    summary = "Run a screen: connect it with a phone, then show the notices."
    parser = add_command(subcommands, "kiosk", summary, _MORE, KIOSK)
    source = parser.add_mutually_exclusive_group()
    CONFIG.add_to(source)
    source.add_argument("--no-config", action="store_true", help="read no provisioning file")
    parser.add_argument(
        "--check-config", action="store_true", help="print what would be used, check it, and exit"
    )
    parser.add_argument(
        "--offline", action="store_true", help="with --check-config: don't ask the server for its metadata"
    )
    parser.add_argument(
        "--serve",
        nargs="?",
        const="",
        metavar="HOST:PORT",
        help=f"show the screens in a browser [default address: {SERVE_DEFAULT}]",
    )
    parser.set_defaults(run=run)


def provisioning_file(given: Namespace) -> Path | None:
    """The file to read; None if there is none."""
    if given.no_config:
        return None
    named: str | None = choose(given, [CONFIG], os.environ)["config"]
    if named:
        return Path(named)
    return DEFAULT_FILE if DEFAULT_FILE.exists() else None


def kiosk_settings(chosen: Chosen) -> DeviceSettings:
    """The checked settings, with the files that only a kiosk writes.

    Raises:
        DeviceSettingsError: an option is invalid; the message names it.
    """
    with chosen.naming_origins():
        return replace(
            settings_of(chosen),
            log_file=checked_file("--log-file", chosen["log_file"]),
            health_file=checked_directory("--health-file", chosen["health_file"]),
            place=Place(chosen["store"] or Place.FILE),  # no person unlocks a keyring at boot
        )


def kiosk_options(chosen: Chosen) -> KioskOptions:
    """The checked options.

    Raises:
        DeviceSettingsError: an option is invalid; the message names it.
    """
    auto: bool | None = chosen["auto"]
    with chosen.naming_origins():
        return KioskOptions(
            brand=checked_brand(chosen["brand"]),
            accent=checked_accent(chosen["accent"]),
            logo=load_logo("--logo", Path(chosen["logo"])) if chosen["logo"] else None,
            theme=theme_of(chosen),
            bell=bool(chosen["bell"]),
            quiet_hours=checked_quiet_hours(chosen["quiet_hours"]),
            auto=auto if auto is not None else not (sys.stdin and sys.stdin.isatty()),
            lock=bool(chosen["lock"]),
            pin=_pin(chosen),
            guest_idle=_guest_idle(chosen["guest_idle"]),
            guest_until=_guest_until(chosen["guest_until"]),
        )


def _pin(chosen: Chosen) -> Secret | None:
    file: str | None = chosen["pin_file"]
    if not file:
        return None
    if not chosen["lock"]:
        raise DeviceSettingsError("--pin-file can't be used: it has no effect without --lock.")
    pin = read_secret("--pin-file", Path(file))
    if not (pin.isascii() and pin.isdecimal() and len(pin) in PIN_LENGTHS):
        raise DeviceSettingsError(
            f"--pin-file can't be used: the first line of {visible(file)} has to be "
            f"{PIN_LENGTHS[0]} to {PIN_LENGTHS[-1]} digits."
        )
    return Secret(pin)


def _guest_idle(text: str | None) -> float | None:
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) <= 4 and int(text) in GUEST_MINUTES):
        raise DeviceSettingsError(
            f"--guest-idle can't be used: {visible(text, limit=80)!r} is not a number of minutes "
            f"from {GUEST_MINUTES[0]} to {GUEST_MINUTES[-1]}."
        )
    return int(text) * 60.0


def _guest_until(text: str | None) -> time | None:
    if not text:
        return None
    if not re.fullmatch("([01][0-9]|2[0-3]):[0-5][0-9]", text):
        raise DeviceSettingsError(
            f"--guest-until can't be used: {visible(text, limit=80)!r} is not a time such as 18:00."
        )
    return time.fromisoformat(text)


def _check_screens(chosen: Chosen, options: KioskOptions, obstacle: str | None = None) -> None:
    """Refuse lines of text where only the screens are safe; ``obstacle`` says why there can't be screens.

    Raises:
        DeviceSettingsError: an option needs the screens.
    """
    if options.is_for_guests:
        name = "--guest-until" if options.guest_idle is None else "--guest-idle"
        why = "only the screens can be cleared for the next guest"
    elif options.lock:
        name, why = "--lock", "keys can end a program that prints lines of text"
    else:
        return
    with chosen.naming_origins():
        if chosen["plain"] and not is_served():
            raise DeviceSettingsError(f"--plain can't be used: {name} needs the screens, because {why}.")
        if obstacle:
            raise DeviceSettingsError(f"{name} can't be used: {obstacle}, and {why}.")


def checked_brand(text: str | None) -> str | None:
    """The name without needless spaces; None for none.

    Raises:
        DeviceSettingsError: it is too long, or has a character that can't be shown.
    """
    name = " ".join((text or "").split())
    if len(name) > _LONGEST_BRAND:
        raise DeviceSettingsError(f"--brand can't be used: it has more than {_LONGEST_BRAND} characters.")
    if visible(name) != name:
        raise DeviceSettingsError(
            f"--brand can't be used: {visible(name)!r} has a character that can't be shown."
        )
    return name or None


def checked_accent(text: str | None) -> str | None:
    """The colour as ``#rrggbb``; None for none.

    Raises:
        DeviceSettingsError: it is no colour.
    """
    colour = parse_colour(text) if text else None
    if text and colour is None:
        near = get_close_matches(text.lower(), NAMES, n=1)
        hint = f"Did you mean {near[0]}?" if near else "Write it like #5ee0c0 or teal."
        raise DeviceSettingsError(f"--accent can't be used: {visible(text, limit=80)!r} is no colour. {hint}")
    return colour


def checked_quiet_hours(text: str | None) -> QuietHours | None:
    """The hours; None for none.

    Raises:
        DeviceSettingsError: the text is not a span of time.
    """
    hours = parse_quiet_hours(text) if text else None
    if text and hours is None:
        raise DeviceSettingsError(
            f"--quiet-hours can't be used: {visible(text, limit=80)!r} is no span of time. "
            "Write it like 22:00-06:30."
        )
    return hours


def _checked(chosen: Chosen) -> tuple[DeviceSettings, KioskOptions]:
    """As ``kiosk_settings`` and ``kiosk_options``, without creating a file."""
    settings, options = settings_of(chosen), kiosk_options(chosen)
    _check_screens(chosen, options)
    return settings, options


def run(given: Namespace) -> ExitCode:
    from pairgrant.commands.provisioning import (  # noqa: PLC0415 - keeps `pairgrant token` fast
        Provisioning,
        read_provisioning,
    )

    file = provisioning_file(given)
    provisioning = read_provisioning(file, KIOSK) if file else Provisioning()
    if given.check_config:
        from pairgrant.commands.config_check import check_config  # noqa: PLC0415 - only for this mode

        return check_config(given, file, provisioning, KIOSK, _checked)
    provisioning.check()
    profile = profile_name(given, PROFILE)
    of_profile = {} if profile is None else entries_of(profile, may_be_new=False)
    chosen = choose(given, KIOSK, os.environ, {**provisioning.entries, **of_profile})
    speak(chosen)
    settings = kiosk_settings(chosen)
    options = kiosk_options(chosen)
    if given.serve is not None and not is_served():
        return _serve(given, options)
    obstacle = why_no_screens()
    _check_screens(chosen, options, obstacle)
    if options.lock:
        ignore_signals_of_keys()
    is_plain = chosen["plain"] and not is_served()
    if not is_plain and obstacle is None:
        if not has_screens():
            raise ScreensMissingError
        from pairgrant.tui.run import run_kiosk  # noqa: PLC0415 - Textual only for screens

        return run_kiosk(settings, options)
    from pairgrant.interruption import run_interruptibly  # noqa: PLC0415 - asyncio only for a sign-in
    from pairgrant.text.kiosk import plain_kiosk  # noqa: PLC0415 - httpx

    if not chosen["plain"]:
        print_err(gettext("Plain text: {reason}.", reason=translated(obstacle or "")))
    qr = False if chosen["qr"] is None and not can_draw_blocks() else chosen["qr"]
    return run_interruptibly(plain_kiosk(settings, options, qr=qr))


def _serve(given: Namespace, options: KioskOptions) -> ExitCode:
    """Serve the screens to a browser; the process of a screen has the options and variables of this one."""
    if not has_server_of_screens():
        raise DeviceSettingsError(
            "--serve can't be used: it is not installed. Install it with: pip install 'pairgrant[serve]'"
        )
    from pairgrant.served.address import parse_address  # noqa: PLC0415 - only for this mode
    from pairgrant.served.server import serve  # noqa: PLC0415 - aiohttp

    os.environ["TERM"] = "xterm-256color"
    address = parse_address(given.serve or SERVE_DEFAULT, SERVE_DEFAULT)
    return serve(address, screen_command(given), options.brand or "Pairgrant")


def screen_command(given: Namespace) -> str:
    """The command for a shell that runs one screen; no secret can be among the options."""
    words = [sys.executable, "-m", "pairgrant", "kiosk"]
    for option in (*KIOSK, CONFIG):
        if option.name in given and option is not PLAIN:
            words += option.arguments(getattr(given, option.name))
    if given.no_config:
        words.append("--no-config")
    return f"exec {shlex.join(words)}"
