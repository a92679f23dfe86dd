"""``pairgrant token``: a valid access token on stdout, for scripts; quick, because it may run before every request."""

import time
from argparse import Namespace

from device.commands.options import SIGNED_IN, Subcommands, add_command, settings_of
from device.errors import NotSignedInError
from device.exit_codes import ExitCode
from device.settings import Settings
from device.terminal import aside, say
from device.token_life import TokenLife
from device.token_store import token_store
from shared.secret import Secret

_MORE = """\
The token is refreshed first where it has run out or is about to. Any number of these may run
at once: one refreshes, the others wait for it.

example:
  curl -H "Authorization: Bearer $(pairgrant token)" http://127.0.0.1:8628/board/notices

exit codes: 0 printed, 1 no token now (stderr says why), 5 not signed in
"""


def add_to(subcommands: Subcommands) -> None:
    parser = add_command(subcommands, "token", "Print a valid access token.", _MORE, SIGNED_IN)
    parser.set_defaults(run=run)


def run(given: Namespace) -> ExitCode:
    settings = settings_of(given)
    token = _fresh_enough(settings) or _refreshed(settings)
    say(token.reveal())
    return ExitCode.DONE


def _fresh_enough(settings: Settings) -> Secret | None:
    """The stored access token where it needs no refresh: the common case, without network, lock or asyncio."""
    tokens = token_store(settings).load()
    if tokens is None:
        raise NotSignedInError(
            f"Not signed in at {settings.issuer} as {settings.client_id!r}. Run `pairgrant login` first."
        )
    now = time.time()
    life = TokenLife.of_stored(
        obtained_at=tokens.obtained_at, expires_in=tokens.expires_in, wall=now, now=now
    )
    return None if life.is_due(now) else tokens.access_token


def _refreshed(settings: Settings) -> Secret:
    import asyncio  # noqa: PLC0415 - the common case goes without

    from device.assembly import assembled  # noqa: PLC0415

    async def refreshed() -> Secret:
        async with assembled(settings) as device:
            session = device.stored_session()
            if session is None:
                raise NotSignedInError("Signed out a moment ago. Run `pairgrant login` first.")
            try:
                token = await session.access_token()
            finally:
                await session.settle()
            if session.trouble:
                aside(f"pairgrant: {session.trouble} The token that is left still works for a while.")
            return token

    return asyncio.run(refreshed())
