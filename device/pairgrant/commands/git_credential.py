"""``pairgrant git-credential``: a credential helper of git (gitcredentials(7), git-credential(1))."""

from argparse import Namespace
from collections.abc import Iterable

from pairgrant.commands.credential_hosts import USERNAME, Host, credential_of, replace_rejected, sign_in_for
from pairgrant.commands.options import CREDENTIALS, Subcommands, add_command
from pairgrant.exit_codes import ExitCode
from pairgrant.terminal import print_result, standard_input

_MORE = """\
git runs it and speaks to it on standard input and output. It gives the access
token, refreshed if that is due, to the host of the server that this device
signed in to, by the same scheme, and to no other host. Without --profile or
PAIRGRANT_PROFILE, the profile that belongs to the host is used.

The token has to be a plain one: git can't prove possession of a key (DPoP).
When a host rejects the token, it is refreshed; the sign-in stays, and git
stores nothing.

examples:
  pairgrant login --no-dpop --profile work --issuer https://git.example
  git config --global credential.https://git.example.helper \\
    '!pairgrant git-credential'
  git clone https://git.example/team/project.git

exit codes: 0 done, also if the host is another one; 1 no valid token now
  (stderr says why), 2 wrong usage, or the token is bound to a key, 5 the
  sign-in has ended, 7 the server can't be reached
"""


def add_to(subcommands: Subcommands) -> None:
    summary = "Give git the access token, as its credential helper."
    parser = add_command(subcommands, "git-credential", summary, _MORE, CREDENTIALS)
    parser.add_argument("operation", metavar="OPERATION", help="get, store or erase; others are ignored")
    parser.set_defaults(run=run)


def run(given: Namespace) -> ExitCode:
    request = attributes(standard_input())
    host = Host(request.get("protocol", "").lower(), request.get("host", ""))
    if given.operation not in {"get", "erase"} or not host.scheme or not host.place:
        return ExitCode.DONE
    sign_in = sign_in_for(given, host)
    if sign_in is None:
        return ExitCode.DONE
    if given.operation == "erase":
        import asyncio  # noqa: PLC0415 - a command imports only what it needs

        if rejected := request.get("password"):
            asyncio.run(replace_rejected(sign_in.settings, rejected))
        return ExitCode.DONE
    tokens = credential_of(sign_in.settings, "git")
    username = request.get("username", "")
    print_result(f"username={username if username.isprintable() and username else USERNAME}")
    print_result(f"password={tokens.access_token.reveal()}")
    if tokens.expires_in is not None:
        print_result(f"password_expiry_utc={int(tokens.obtained_at) + tokens.expires_in}")
    return ExitCode.DONE


def attributes(lines: Iterable[str]) -> dict[str, str]:
    """What git sends: lines of ``name=value`` up to an empty one."""
    found: dict[str, str] = {}
    for line in lines:
        text = line.rstrip("\n")
        if not text:
            break
        name, _, value = text.partition("=")
        found[name] = value
    return found
