"""``pairgrant wait``: go on with a sign-in that ``pairgrant login --no-wait`` began."""

from argparse import Namespace
from dataclasses import replace
from pathlib import Path

from pairgrant.commands.duration import seconds
from pairgrant.commands.options import SIGNED_IN, Subcommands, add_command, chosen_by, settings_of
from pairgrant.exit_codes import ExitCode
from pairgrant.session.token_store import token_store
from pairgrant.settings import DeviceSettings

_MORE = """\
A --token-file or --ca-file of the login has to be given again. The code stays
valid until it expires, also when this command ends or the machine restarts; a
handle can be used again until the sign-in has ended.

examples:
  pairgrant login --no-wait --json
    {"event": "code", "user_code": "WDJB-MJHT", "handle": "k3m9…", …}
  pairgrant wait k3m9… --timeout 60 --json
    {"event": "stage", "stage": "opened"}
    {"event": "undecided"}
  pairgrant wait k3m9… --poll-once

exit codes: 0 signed in, 1 an error, or there is no such sign-in, 2 wrong
  usage, 3 denied, 4 the code expired, 7 the server can't be reached, 8 the
  person has not decided yet, 130 interrupted
"""


def add_to(subcommands: Subcommands) -> None:
    summary = "Go on with a sign-in that `login --no-wait` began."
    parser = add_command(subcommands, "wait", summary, _MORE, SIGNED_IN)
    parser.add_argument("handle", metavar="HANDLE", help="what `login --no-wait` printed")
    limit = parser.add_mutually_exclusive_group()
    limit.add_argument(
        "--timeout",
        type=seconds,
        metavar="SECONDS",
        help="end after that time [default: when the code expires]",
    )
    limit.add_argument("--poll-once", action="store_true", help="ask the server once")
    parser.add_argument("--json", action="store_true", help="print one JSON object per line, for programs")
    parser.set_defaults(run=run)


def run(given: Namespace) -> ExitCode:
    from pairgrant.interruption import run_interruptibly  # noqa: PLC0415 - asyncio only for a sign-in
    from pairgrant.sign_in.deferred_sign_in import Limit  # noqa: PLC0415 - httpx
    from pairgrant.text.deferred_login import wait_json, wait_plain  # noqa: PLC0415 - httpx

    settings = _settings_of_the_login(settings_of(chosen_by(given)), given.handle)
    limit = Limit(is_one_poll=given.poll_once) if given.timeout is None else Limit(given.timeout)
    go_on = wait_json if given.json else wait_plain
    return run_interruptibly(go_on(settings, given.handle, limit))


def _settings_of_the_login(settings: DeviceSettings, handle: str) -> DeviceSettings:
    """``settings`` with the server, client and scope of the login.

    Raises:
        NoPairingError: there is no such login.
        TokenStoreError: its file can't be used.
    """
    from pairgrant.clock import system_clock  # noqa: PLC0415 - asyncio
    from pairgrant.session.pending_pairings import PendingPairings  # noqa: PLC0415 - asyncio

    folder = Path(token_store(settings).location).parent
    pairing = PendingPairings(folder, system_clock()).find(handle)
    return replace(settings, issuer=pairing.issuer, client_id=pairing.client_id, scope=pairing.scope)
