"""``pairgrant profiles``: list the profiles, or forget one."""

import json
from argparse import ArgumentParser, Namespace

from pairgrant.commands.chosen import Entry, choose
from pairgrant.commands.options import SIGNED_IN, Subcommands, add_plain_command, settings_of
from pairgrant.errors import DeviceSettingsError, PairgrantError
from pairgrant.exit_codes import ExitCode
from pairgrant.session.token_store import token_store
from pairgrant.settings import DeviceSettings
from pairgrant.terminal import print_out, print_result
from pairgrant_protocol.visible_text import visible

_MORE = """\
A profile is a sign-in with a name: `pairgrant login --profile work --issuer
URL` makes it, and every other command takes it with --profile work, or from
PAIRGRANT_PROFILE. Each profile has tokens of its own, so that several accounts
of one server can be signed in.

examples:
  pairgrant profiles
  pairgrant profiles --json
    {"event": "profile", "name": "work", "issuer": "…", "signed_in": true, …}
  pairgrant logout --profile work && pairgrant profiles --forget work

exit codes: 0 done, 1 a file can't be used, 2 wrong usage, or the profile is
  still signed in
"""


def add_to(subcommands: Subcommands) -> None:
    parser: ArgumentParser = add_plain_command(subcommands, "profiles", "List the named sign-ins.", _MORE)
    parser.add_argument("--json", action="store_true", help="print one JSON object per profile")
    parser.add_argument("--forget", metavar="NAME", help="forget a profile that is signed out")
    parser.set_defaults(run=run)


def run(given: Namespace) -> ExitCode:
    from pairgrant.session.profiles import profile_file  # noqa: PLC0415 - asyncio

    options = profile_file().load().options
    if given.forget is not None:
        return _forget(given.forget, options.get(given.forget))
    for name in sorted(options):
        print_result(_line(name, options[name], as_json=given.json))
    if not options and not given.json:
        print_out("There is no profile. Make one with: pairgrant login --profile NAME --issuer URL")
    return ExitCode.DONE


def _forget(name: str, options: dict[str, str] | None) -> ExitCode:
    import asyncio  # noqa: PLC0415 - a command imports only what it needs

    from pairgrant.clock import system_clock  # noqa: PLC0415 - asyncio
    from pairgrant.session.profiles import profile_file  # noqa: PLC0415 - asyncio

    if options is None:
        raise DeviceSettingsError(f"--forget can't be used: there is no profile {visible(name, limit=80)!r}.")
    if _is_signed_in(name, options):
        raise DeviceSettingsError(
            f"--forget can't be used: {name!r} is signed in. First: pairgrant logout --profile {name}"
        )
    asyncio.run(profile_file().remove(name, system_clock()))
    print_out(f"The profile {name!r} is forgotten.")
    return ExitCode.DONE


def _line(name: str, options: dict[str, str], *, as_json: bool) -> str:
    settings = _settings(name, options)
    is_signed_in = _is_signed_in(name, options)
    members = {"name": name, "issuer": settings.issuer, "client_id": settings.client_id}
    if as_json:
        return json.dumps({"event": "profile", **members, "signed_in": is_signed_in})
    state = "signed in" if is_signed_in else "not signed in"
    return f"{name}: {state} at {visible(settings.issuer)} as {visible(settings.client_id)!r}"


def _settings(name: str, options: dict[str, str]) -> DeviceSettings:
    """What the other commands use with this profile."""
    entries = {option: Entry(value, f"profile {name}") for option, value in options.items()}
    return settings_of(choose(Namespace(profile=name), SIGNED_IN, {}, entries))


def _is_signed_in(name: str, options: dict[str, str]) -> bool:
    """Whether there are tokens; a file that can't be used has some."""
    try:
        return token_store(_settings(name, options)).load() is not None
    except PairgrantError:
        return True
