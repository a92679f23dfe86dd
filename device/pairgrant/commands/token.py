"""``pairgrant token``: print a valid access token for scripts; starts quickly, because it may run before
every request.
"""

import time
from argparse import Namespace

from pairgrant.commands.options import SIGNED_IN, Subcommands, add_command, settings_of
from pairgrant.errors import NotSignedInError
from pairgrant.exit_codes import ExitCode
from pairgrant.session.stored_tokens import StoredTokens
from pairgrant.session.token_lifetime import TokenLifetime
from pairgrant.session.token_store import token_store
from pairgrant.settings import DeviceSettings
from pairgrant.terminal import print_err, print_out

_MORE = """\
The token is refreshed first if it has expired or is about to. Several of these commands may run at once:
one refreshes, the others wait for it.

A token that is bound to this device's key (DPoP) is useless without a proof, and every request needs a new
one. --headers prints the header fields of one request, with the proof if the token needs it.

examples:
  pairgrant token --headers GET http://127.0.0.1:8628/board/notices | curl -H @- http://127.0.0.1:8628/board/notices
  after `pairgrant login --no-dpop`:
  curl -H "Authorization: Bearer $(pairgrant token)" http://127.0.0.1:8628/board/notices

exit codes: 0 printed, 1 no valid token now (stderr says why), 5 not signed in
"""


def add_to(subcommands: Subcommands) -> None:
    parser = add_command(subcommands, "token", "Print a valid access token.", _MORE, SIGNED_IN)
    parser.add_argument(
        "--headers",
        nargs=2,
        metavar=("METHOD", "URL"),
        help="print the header fields of one request instead of the token alone",
    )
    parser.set_defaults(run=run)


def run(given: Namespace) -> ExitCode:
    settings = settings_of(given)
    tokens = _without_refresh(settings) or _refreshed(settings)
    if given.headers:
        method, url = given.headers
        for name, value in _headers(tokens, method, url).items():
            print_out(f"{name}: {value}")
        return ExitCode.DONE
    print_out(tokens.access_token.reveal())
    if tokens.dpop_key is not None:
        print_err(
            "This token is bound to a key. For a request with it, use: pairgrant token --headers METHOD URL"
        )
    return ExitCode.DONE


def _headers(tokens: StoredTokens, method: str, url: str) -> dict[str, str]:
    """The header fields of one request.

    Raises:
        TokenStoreError: the stored key can't be read.
    """
    from pairgrant.oauth.dpop_key import DPoPKey  # noqa: PLC0415 - the token alone needs no proof

    key = DPoPKey(time.time)
    key.load(tokens.dpop_key)
    return key.headers(method.upper(), url, tokens.access_token)


def _without_refresh(settings: DeviceSettings) -> StoredTokens | None:
    """The stored tokens if they need no refresh: the common case, without network, lock or asyncio."""
    tokens = token_store(settings).load()
    if tokens is None:
        raise NotSignedInError(
            f"Not signed in at {settings.issuer} as {settings.client_id!r}. Run `pairgrant login` first."
        )
    now = time.time()
    lifetime = TokenLifetime.of_stored(
        obtained_at=tokens.obtained_at, expires_in=tokens.expires_in, wall=now, now=now
    )
    return None if lifetime.is_due(now) else tokens


def _refreshed(settings: DeviceSettings) -> StoredTokens:
    import asyncio  # noqa: PLC0415 - only for a refresh

    from pairgrant.device import open_device  # noqa: PLC0415

    async def refreshed() -> StoredTokens:
        async with open_device(settings) as device:
            session = device.stored_session()
            if session is None:
                raise NotSignedInError("Another process just signed out. Run `pairgrant login` first.")
            try:
                await session.access_token()
            finally:
                await session.settle()
            if session.last_error:
                print_err(f"pairgrant: {session.last_error} The current token is still valid for a while.")
            return session.tokens

    return asyncio.run(refreshed())
