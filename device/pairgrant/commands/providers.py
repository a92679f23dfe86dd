"""``pairgrant providers``: the presets for ``--provider``, and what each needs."""

from argparse import Namespace

from pairgrant.commands.options import Subcommands, add_command
from pairgrant.exit_codes import ExitCode

_MORE = """\
A preset says how one provider differs from RFC 8628. "read" means that its
facts come from the sources that it names, "tried" that the tests of this
project sign in with it against the software itself.

Presets of your own are files NAME.toml in the folder providers of pairgrant's
configuration (on Linux ~/.config/pairgrant/providers); one of the same name
takes precedence. docs/providers.md describes their keys.

examples:
  pairgrant providers
  pairgrant providers github
  pairgrant login --provider github --client-id ID

exit codes: 0 printed, 1 a preset of your own can't be used, 2 wrong usage
"""


def add_to(subcommands: Subcommands) -> None:
    summary = "List the presets of providers, or show one of them."
    parser = add_command(subcommands, "providers", summary, _MORE, ())
    parser.add_argument("name", nargs="?", metavar="NAME", help="show everything about this one")
    parser.add_argument("--json", action="store_true", help="print one JSON value, for programs")
    parser.set_defaults(run=run)


def run(given: Namespace) -> ExitCode:
    from pairgrant.commands.provider_list import print_all, print_one  # noqa: PLC0415 - the presets

    if given.name is None:
        return print_all(as_json=given.json)
    return print_one(given.name, as_json=given.json)
