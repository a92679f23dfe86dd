"""``pairgrant completion``: the script that completes commands and options in a shell."""

from argparse import ArgumentParser, Namespace
from functools import partial

from pairgrant.commands.options import Subcommands, add_plain_command
from pairgrant.exit_codes import ExitCode
from pairgrant.terminal import print_result

_SHELLS = ("bash", "zsh", "fish")

_MORE = """\
The script completes commands, options and their values, files, the presets of
--provider, and your profiles. Print it again after an upgrade.

examples:
  bash, in ~/.bashrc:   eval "$(pairgrant completion bash)"
  zsh, after compinit:  eval "$(pairgrant completion zsh)"
  fish:  pairgrant completion fish > ~/.config/fish/completions/pairgrant.fish
"""


def add_to(subcommands: Subcommands) -> None:
    summary = "Print the script that completes this program in a shell."
    parser = add_plain_command(subcommands, "completion", summary, _MORE)
    parser.add_argument("shell", metavar="SHELL", choices=_SHELLS, help=", ".join(_SHELLS))
    parser.set_defaults(run=partial(run, subcommands))


def run(subcommands: Subcommands, given: Namespace) -> ExitCode:
    from pairgrant.commands.completion_scripts import SCRIPTS  # noqa: PLC0415 - only this command needs it
    from pairgrant.commands.described import described_commands  # noqa: PLC0415 - as above

    parsers: dict[str, ArgumentParser] = dict(subcommands.choices)
    print_result(SCRIPTS[given.shell](described_commands(parsers, {"--provider": _presets()})).rstrip())
    return ExitCode.DONE


def _presets() -> tuple[str, ...]:
    from pairgrant.providers.preset_files import own_folder, preset_names  # noqa: PLC0415 - as above

    return tuple(preset_names(own_folder()))
