"""``pairgrant token``: print a valid access token for scripts; starts quickly, because it may run before
every request.
"""

import json
import time
from argparse import Action, ArgumentParser, ArgumentTypeError, Namespace
from typing import Any

from pairgrant.commands.current_tokens import current_tokens
from pairgrant.commands.duration import seconds
from pairgrant.commands.options import SIGNED_IN, Subcommands, add_command, chosen_by, settings_of
from pairgrant.commands.request_arguments import checked_method, checked_url
from pairgrant.errors import TokenBoundError
from pairgrant.exit_codes import ExitCode
from pairgrant.session.stored_tokens import StoredTokens
from pairgrant.terminal import print_result

_MORE = """\
The token is refreshed first if it has expired or is about to. Several of
these commands may run at once: one refreshes, the others wait for it.
PAIRGRANT_TOKEN takes the place of the sign-in: it is printed as it is.

A token that is bound to this device's key (DPoP) is useless without a proof,
and every request needs a new one. So it is printed only with --headers, which
prints the header fields of one request with the proof.

examples:
  url=http://127.0.0.1:8628/board/notices
  pairgrant token --headers GET $url | curl -H @- $url
  pairgrant api GET /board/notices
  after `pairgrant login --no-dpop`:
  curl -H "Authorization: Bearer $(pairgrant token)" $url
  pairgrant token --json --min-ttl 300
    {"event": "token", "access_token": "…", "token_type": "Bearer",
     "expires_at": 1790000000, "expires_in": 580, "scope": "…"}

exit codes: 0 printed, 1 no valid token now (stderr says why), 2 wrong usage,
  or the token needs --headers, 5 not signed in, 7 the server can't be reached
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
    parser.add_argument(
        "--min-ttl",
        type=seconds,
        default=0.0,
        metavar="SECONDS",
        help="refresh the token first unless it is valid for that long",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object, for programs")
    parser.set_defaults(run=run)


class _RequestToSign(Action):
    """The method and URL of a request: a proof of anything else would be refused later, without a reason."""

    def __call__(
        self, parser: ArgumentParser, namespace: Namespace, values: Any, option_string: str | None = None
    ) -> None:
        try:
            setattr(namespace, self.dest, (checked_method(values[0]), checked_url(values[1])))
        except ArgumentTypeError as error:
            parser.error(f"{option_string}: {error}")


def run(given: Namespace) -> ExitCode:
    tokens = current_tokens(settings_of(chosen_by(given)), min_ttl=given.min_ttl)
    if given.headers:
        fields = header_fields(tokens, *given.headers)
        if given.json:
            print_result(json.dumps({"event": "headers", "headers": fields}))
        else:
            print_result("\n".join(f"{name}: {value}" for name, value in fields.items()))
    elif tokens.dpop_key is not None:
        raise TokenBoundError
    elif given.json:
        print_result(json.dumps({"event": "token", **_members(tokens)}))
    else:
        print_result(tokens.access_token.reveal())
    return ExitCode.DONE


def header_fields(tokens: StoredTokens, method: str, url: str) -> dict[str, str]:
    """The header fields of one request.

    Raises:
        TokenStoreError: the stored key can't be read.
    """
    from pairgrant.oauth.dpop_key import DPoPKey  # noqa: PLC0415 - the token alone needs no proof

    key = DPoPKey(time.time)
    key.load(tokens.dpop_key)
    return key.headers(method, url, tokens.access_token)


def _members(tokens: StoredTokens) -> dict[str, str | int]:
    members: dict[str, str | int] = {
        "access_token": tokens.access_token.reveal(),
        "token_type": "Bearer",
    }
    if tokens.expires_in is not None:
        expires_at = int(tokens.obtained_at) + tokens.expires_in
        members |= {"expires_at": expires_at, "expires_in": max(expires_at - int(time.time()), 0)}
    if tokens.scope:
        members["scope"] = " ".join(tokens.scope)
    return members
