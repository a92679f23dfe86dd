"""``pairgrant token``: print a valid access token for scripts; starts quickly, because it may run before
every request.
"""

import re
import time
from argparse import Action, ArgumentParser, Namespace
from typing import Any

from pairgrant.commands.options import SIGNED_IN, Subcommands, add_command, chosen_by, settings_of
from pairgrant.errors import NotSignedInError
from pairgrant.exit_codes import ExitCode
from pairgrant.session.stored_tokens import StoredTokens
from pairgrant.session.token_lifetime import TokenLifetime
from pairgrant.session.token_store import token_store
from pairgrant.settings import DeviceSettings
from pairgrant.terminal import print_err, print_result
from pairgrant_protocol.json_object import MalformedMessageError
from pairgrant_protocol.messages import web_uri
from pairgrant_protocol.visible_text import visible

_METHOD = re.compile(r"[A-Za-z]+")

_MORE = """\
The token is refreshed first if it has expired or is about to. Several of
these commands may run at once: one refreshes, the others wait for it.

A token that is bound to this device's key (DPoP) is useless without a proof,
and every request needs a new one. --headers prints the header fields of one
request, with the proof if the token needs it.

examples:
  url=http://127.0.0.1:8628/board/notices
  pairgrant token --headers GET $url | curl -H @- $url
  after `pairgrant login --no-dpop`:
  curl -H "Authorization: Bearer $(pairgrant token)" $url

exit codes: 0 printed, 1 no valid token now (stderr says why), 2 wrong usage,
  5 not signed in, 7 the server can't be reached
"""


def add_to(subcommands: Subcommands) -> None:
    parser = add_command(subcommands, "token", "Print a valid access token.", _MORE, SIGNED_IN)
    parser.add_argument(
        "--headers",
        nargs=2,
        action=_RequestToSign,
        metavar=("METHOD", "URL"),
        help="print the header fields of one request instead of the token alone",
    )
    parser.set_defaults(run=run)


class _RequestToSign(Action):
    """The method and URL of a request: a proof of anything else would be refused later, without a reason."""

    def __call__(
        self, parser: ArgumentParser, namespace: Namespace, values: Any, option_string: str | None = None
    ) -> None:
        method, url = values
        if not _METHOD.fullmatch(method):
            parser.error(f"{option_string}: {visible(method)!r} is not an HTTP method")
        try:
            web_uri(url, "URL")
        except MalformedMessageError:
            parser.error(f"{option_string}: {visible(url)!r} is not an http or https URL")
        setattr(namespace, self.dest, (method.upper(), url))


def run(given: Namespace) -> ExitCode:
    settings = settings_of(chosen_by(given))
    tokens = _without_refresh(settings) or _refreshed(settings)
    if given.headers:
        method, url = given.headers
        for name, value in _headers(tokens, method, url).items():
            print_result(f"{name}: {value}")
        return ExitCode.DONE
    print_result(tokens.access_token.reveal())
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
    return key.headers(method, url, tokens.access_token)


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
