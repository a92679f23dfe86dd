"""``pairgrant logout``: revoke the tokens at the server, and delete them here in any case."""

from argparse import Namespace

from pairgrant.commands.options import SIGNED_IN, Subcommands, add_command, chosen_by, settings_of
from pairgrant.errors import PairgrantError, TokenStoreError
from pairgrant.exit_codes import ExitCode
from pairgrant.settings import DeviceSettings
from pairgrant.terminal import print_err, print_out

_MORE = """\
If the server can't be reached, the tokens are deleted here all the same, and
the exit code says so: the sign-in may then still be valid at the server,
where its owner can end it under "connected devices".

A server recognises this device by its key, which stays for the next sign-in.
--forget-device deletes the key too, for instance before the device changes
hands; an enrolled device has to be enrolled again.

examples:
  pairgrant logout --issuer http://192.168.1.20:8628
  pairgrant logout --forget-device

exit codes: 0 signed out, or was not signed in; 1 the file can't be deleted
  (the tokens are revoked all the same, if possible) or read;
  6 deleted here, but not revoked at the server
"""


def add_to(subcommands: Subcommands) -> None:
    summary = "Sign out: revoke the tokens at the server and delete them here."
    parser = add_command(subcommands, "logout", summary, _MORE, SIGNED_IN)
    parser.add_argument(
        "--forget-device",
        action="store_true",
        help="also delete this device's key and the choice of how to sign in; "
        "the next sign-in makes a new key",
    )
    parser.set_defaults(run=run)


def run(given: Namespace) -> ExitCode:
    import asyncio  # noqa: PLC0415 - a command imports only what it needs

    settings = settings_of(chosen_by(given))
    try:
        return asyncio.run(_sign_out(settings))
    finally:
        if given.forget_device:
            asyncio.run(_forget_device(settings))


async def _forget_device(settings: DeviceSettings) -> None:
    from pairgrant.clock import system_clock  # noqa: PLC0415 - a command imports only what it needs
    from pairgrant.session.device_file import device_file  # noqa: PLC0415 - a command imports only what it needs

    if await device_file(settings, system_clock()).forget():
        print_out("This device's key is deleted. The server will take this device for a new one.")
    else:
        print_out("This device has no key to delete.")


async def _sign_out(settings: DeviceSettings) -> ExitCode:
    from pairgrant.device import open_device  # noqa: PLC0415 - httpx

    async with open_device(settings) as device:
        session = device.session_to_end()
        if session is None:
            print_out(f"Not signed in at {settings.issuer} as {settings.client_id!r}; nothing to do.")
            return ExitCode.DONE
        try:
            await session.sign_out()
        except TokenStoreError:
            raise
        except PairgrantError as error:
            print_err(f"pairgrant: The tokens are deleted here, but not revoked at the server. {error}")
            print_err("The sign-in may still be valid at the server: end it there under connected devices.")
            return ExitCode.NOT_REVOKED
        print_out("Signed out: the tokens are revoked at the server and deleted here.")
        return ExitCode.DONE
