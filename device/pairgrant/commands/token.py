"""``pairgrant token``: a valid access token on stdout, for scripts; quick, because it may run before every request."""

import time
from argparse import Namespace

from pairgrant.commands.options import SIGNED_IN, Subcommands, add_command, settings_of
from pairgrant.errors import NotSignedInError, TokenStoreError
from pairgrant.exit_codes import ExitCode
from pairgrant.session.stored_tokens import StoredTokens
from pairgrant.session.token_lifetime import TokenLifetime
from pairgrant.session.token_store import token_store
from pairgrant.settings import DeviceSettings
from pairgrant.terminal import print_err, print_out
from pairgrant_protocol.json_object import MalformedMessageError

_MORE = """\
The token is refreshed first where it has run out or is about to. Any number of these may run
at once: one refreshes, the others wait for it.

A token that is bound to this device's key (DPoP) opens nothing by itself: each request needs a fresh proof beside
it. --headers prints both, for whichever kind of token there is.

examples:
  pairgrant token --headers GET http://127.0.0.1:8628/board/notices | curl -H @- http://127.0.0.1:8628/board/notices
  curl -H "Authorization: Bearer $(pairgrant token)" http://127.0.0.1:8628/board/notices   (after login --no-dpop)

exit codes: 0 printed, 1 no token now (stderr says why), 5 not signed in
"""


def add_to(subcommands: Subcommands) -> None:
    parser = add_command(subcommands, "token", "Print a valid access token.", _MORE, SIGNED_IN)
    parser.add_argument(
        "--headers",
        nargs=2,
        metavar=("METHOD", "URL"),
        help="print the headers for one request instead of the bare token",
    )
    parser.set_defaults(run=run)


def run(given: Namespace) -> ExitCode:
    settings = settings_of(given)
    tokens = _fresh_enough(settings) or _refreshed(settings)
    if given.headers:
        method, url = given.headers
        for name, value in _headers(tokens, method, url).items():
            print_out(f"{name}: {value}")
        return ExitCode.DONE
    print_out(tokens.access_token.reveal())
    if tokens.dpop_key is not None:
        print_err("This token is bound to a key. For a request with it: pairgrant token --headers METHOD URL")
    return ExitCode.DONE


def _headers(tokens: StoredTokens, method: str, url: str) -> dict[str, str]:
    """What one request carries.

    Raises:
        TokenStoreError: the key that is kept with the tokens is none.
    """
    from pairgrant.oauth.dpop_key import DPoPKey  # noqa: PLC0415 - the bare token goes without

    key = DPoPKey(time.time)
    try:
        key.take(tokens.dpop_key)
    except MalformedMessageError:
        raise TokenStoreError(
            "The key that is kept with the tokens can't be read. Sign in again: pairgrant login"
        ) from None
    return key.headers(method.upper(), url, tokens.access_token)


def _fresh_enough(settings: DeviceSettings) -> StoredTokens | None:
    """The stored tokens where they need no refresh: the common case, without network, lock or asyncio."""
    tokens = token_store(settings).load()
    if tokens is None:
        raise NotSignedInError(
            f"Not signed in at {settings.issuer} as {settings.client_id!r}. Run `pairgrant login` first."
        )
    now = time.time()
    life = TokenLifetime.of_stored(
        obtained_at=tokens.obtained_at, expires_in=tokens.expires_in, wall=now, now=now
    )
    return None if life.is_due(now) else tokens


def _refreshed(settings: DeviceSettings) -> StoredTokens:
    import asyncio  # noqa: PLC0415 - the common case goes without

    from pairgrant.device import open_device  # noqa: PLC0415

    async def refreshed() -> StoredTokens:
        async with open_device(settings) as device:
            session = device.stored_session()
            if session is None:
                raise NotSignedInError("Signed out a moment ago. Run `pairgrant login` first.")
            try:
                await session.access_token()
            finally:
                await session.settle()
            if session.trouble:
                print_err(f"pairgrant: {session.trouble} The token that is left still works for a while.")
            return session.tokens

    return asyncio.run(refreshed())
