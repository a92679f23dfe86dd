"""``pairgrant enroll``: show the thumbprint of this device's key, by which an operator enrolls the device."""

import shlex
from argparse import Namespace
from shutil import get_terminal_size

from pairgrant.commands.options import DEVICE, QR, Subcommands, add_command, chosen_by, settings_of
from pairgrant.exit_codes import ExitCode
from pairgrant.settings import DeviceSettings
from pairgrant.terminal import can_draw_blocks, print_err, print_out, print_result, wants_colour
from pairgrant_protocol.visible_text import visible

_MORE = """\
The device makes its key if it has none yet, and keeps it until `pairgrant
logout --forget-device`. The thumbprint (RFC 7638) is no secret. An operator
who enrolls it lets the server know this device; the server then decides by
the client's policy what an enrolled device may do. No server is needed here.

examples:
  pairgrant enroll --issuer https://pair.example --device-name "Lobby screen"
  pairgrant enroll --json
    {"event": "device_key", "thumbprint": "…", "issuer": "…", "client_id": "…",
     "command": "pairgrant-server device-key add …"}

exit codes: 0 printed, 1 the file of the key can't be used, 2 wrong usage
"""


def add_to(subcommands: Subcommands) -> None:
    summary = "Show the thumbprint of this device's key, so that an operator can enroll it."
    parser = add_command(subcommands, "enroll", summary, _MORE, (*DEVICE, QR))
    parser.add_argument("--json", action="store_true", help="print one JSON object, for programs")
    parser.set_defaults(run=run)


def run(given: Namespace) -> ExitCode:
    if given.json:
        return _print_json(given)
    chosen = chosen_by(given)
    settings = settings_of(chosen)
    found = _thumbprint(settings)
    print_out("The thumbprint of this device's key:")
    print_result(f"  {found}")
    if can_draw_blocks() if chosen["qr"] is None else chosen["qr"]:
        _print_qr(found, where_it_fits=chosen["qr"] is None)
    print_out("To enroll this device, an operator of the server runs:")
    print_result(f"  {_command(settings, found)}")
    if not settings.uses_dpop:
        print_err("PAIRGRANT_DPOP is never: this device doesn't prove its key until that changes.")
    return ExitCode.DONE


def _print_json(given: Namespace) -> ExitCode:
    from pairgrant.text.json_events import JsonEvents  # noqa: PLC0415 - a command imports only what it needs

    settings = settings_of(chosen_by(given))
    found = _thumbprint(settings)
    JsonEvents(print_result).line(
        "device_key",
        thumbprint=found,
        issuer=settings.issuer,
        client_id=settings.client_id,
        command=_command(settings, found),
    )
    return ExitCode.DONE


def _thumbprint(settings: DeviceSettings) -> str:
    """The thumbprint of the device's key, which is made first if there is none.

    Raises:
        TokenStoreError: the file of the key can't be used.
    """
    import asyncio  # noqa: PLC0415 - a command imports only what it needs

    from pairgrant.clock import system_clock  # noqa: PLC0415 - a command imports only what it needs
    from pairgrant.oauth.dpop_key import thumbprint  # noqa: PLC0415 - a command imports only what it needs
    from pairgrant.session.device_file import device_file  # noqa: PLC0415 - as above

    return thumbprint(asyncio.run(device_file(settings, system_clock()).key()))


def _print_qr(text: str, *, where_it_fits: bool) -> None:
    from pairgrant.qr_symbol import text_symbol  # noqa: PLC0415 - only for drawing a code
    from pairgrant.text.plain_events import fits, qr_lines  # noqa: PLC0415 - only for drawing a code

    symbol = text_symbol(text)
    if symbol and (not where_it_fits or fits(symbol, [text], *get_terminal_size())):
        for row in qr_lines(symbol, colour=wants_colour()):
            print_out(row)


def _command(settings: DeviceSettings, found: str) -> str:
    """The command of the operator, quoted for a shell; a thumbprint may begin with a hyphen."""
    words = ["pairgrant-server", "device-key", "add", "--name", visible(settings.device_name)]
    if settings.device_label:
        words += ["--label", settings.device_label]
    return shlex.join([*words, "--", settings.client_id, found])
