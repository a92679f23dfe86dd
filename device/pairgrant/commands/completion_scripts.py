"""Completion scripts for bash, zsh and fish, made from the described commands.

Only options, choices, files, presets and profiles are completed: the script of a shell knows them by itself,
but for the profiles, for which it runs ``pairgrant profiles``.
"""

import shlex
from collections.abc import Callable, Iterator, Sequence

from pairgrant.commands.described import DescribedArgument, DescribedCommand

_PROFILES = r"command pairgrant profiles 2>/dev/null | sed -n 's/^\([A-Za-z0-9._-]*\): .*/\1/p'"
"""Prints the names of the profiles, one a line."""

_GLOBAL = ("--help", "--version")


def _takes_profile(option: DescribedArgument) -> bool:
    return "--profile" in option.flags


def bash_script(commands: Sequence[DescribedCommand]) -> str:
    """The script for bash 3.2 and newer; it needs no other package."""
    names = " ".join(command.name for command in commands)
    branches = "\n".join(_bash_branch(command) for command in commands)
    return f"""\
# bash completion of pairgrant

_pairgrant() {{
    local current=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD-1]}} command= word
    COMPREPLY=()
    if [[ $current == "=" ]]; then
        current=
    elif [[ $before == "=" ]]; then
        before=${{COMP_WORDS[COMP_CWORD-2]}}
    fi
    for word in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
        [[ $word == -* ]] || {{ command=$word; break; }}
    done
    case $command in
    '') _pairgrant_words "{" ".join(_GLOBAL)} {names}" ;;
{branches}
    esac
}}

_pairgrant_words() {{
    local IFS=$' \\t\\n'
    COMPREPLY=($(compgen -W "$1" -- "$current"))
}}

_pairgrant_files() {{
    local IFS=$'\\n'
    compopt -o filenames 2>/dev/null
    COMPREPLY=($(compgen -f -- "$current"))
}}

complete -F _pairgrant pairgrant
"""


def _bash_branch(command: DescribedCommand) -> str:
    lines = [f"    {command.name})", "        case $before in"]
    by_action: dict[str, list[str]] = {}
    for option in command.options:
        if option.values:
            by_action.setdefault(_bash_values(option), []).extend(option.flags)
    lines += [f"        {'|'.join(flags)}) {action}return ;;" for action, flags in by_action.items()]
    flags = " ".join(flag for option in command.options for flag in option.flags if flag.startswith("--"))
    choices = " ".join(choice for operand in command.operands for choice in operand.choices)
    lines += [
        "        esac",
        f'        if [[ $current == -* ]]; then _pairgrant_words "{flags}"',
        f'        else _pairgrant_words "{choices}"; fi ;;',
    ]
    return "\n".join(lines)


def _bash_values(option: DescribedArgument) -> str:
    if _takes_profile(option):
        return f'_pairgrant_words "$({_PROFILES})"; '
    if option.choices:
        return f'_pairgrant_words "{" ".join(option.choices)}"; '
    return "_pairgrant_files; " if option.is_file else ""


def zsh_script(commands: Sequence[DescribedCommand]) -> str:
    """The script for zsh; it works as a file ``_pairgrant`` in ``fpath`` and when it is evaluated."""
    named = "\n".join(f"        {shlex.quote(_zsh_named(command))}" for command in commands)
    branches = "\n".join(_zsh_branch(command) for command in commands)
    return f"""\
#compdef pairgrant
# zsh completion of pairgrant

_pairgrant() {{
    local curcontext=$curcontext state line
    typeset -A opt_args
    local -a commands
    commands=(
{named}
    )
    _arguments -C '(- *)--help[show the help]' '(- *)--version[print the version]' \\
        '1: :->command' '*:: :->arguments'
    case $state in
    command) _describe -t commands command commands ;;
    arguments)
        case $words[1] in
{branches}
        esac ;;
    esac
}}

_pairgrant_profiles() {{
    local -a profiles
    profiles=(${{(f)"$({_PROFILES})"}})
    compadd -a profiles
}}

if [[ ${{funcstack[1]}} == _pairgrant ]]; then
    _pairgrant "$@"
else
    compdef _pairgrant pairgrant
fi
"""


def _zsh_named(command: DescribedCommand) -> str:
    return f"{command.name}:{command.summary}"


def _zsh_branch(command: DescribedCommand) -> str:
    specifications = [*_zsh_options(command), *map(_zsh_operand, command.operands)]
    quoted = " \\\n            ".join(map(shlex.quote, specifications))
    return f"        {command.name}) _arguments \\\n            {quoted} ;;"


def _zsh_options(command: DescribedCommand) -> Iterator[str]:
    for option in command.options:
        many = "*" if option.repeats else ""
        values = "".join(f":{_zsh_text(value)}:{_zsh_values(option)}" for value in option.values)
        for flag in option.flags:
            joint = "=" if len(option.values) == 1 and flag.startswith("--") else ""
            yield f"{many}{flag}{joint}[{_zsh_text(option.help)}]{values}"


def _zsh_operand(operand: DescribedArgument) -> str:
    return f":{_zsh_text(operand.values[0])}:{_zsh_values(operand)}"


def _zsh_values(argument: DescribedArgument) -> str:
    if _takes_profile(argument):
        return "_pairgrant_profiles"
    if argument.choices:
        return f"({' '.join(argument.choices)})"
    return "_files" if argument.is_file else " "


def _zsh_text(text: str) -> str:
    for special in "\\[]:":
        text = text.replace(special, f"\\{special}")
    return text


def fish_script(commands: Sequence[DescribedCommand]) -> str:
    """The script for fish 3 and newer."""
    lines = ["# fish completion of pairgrant", "", "complete -c pairgrant -f"]
    start = "complete -c pairgrant -n __fish_use_subcommand"
    lines += [f"{start} -l help -d 'show the help'", f"{start} -l version -d 'print the version'"]
    lines += [f"{start} -a {command.name} -d {_fish_text(command.summary)}" for command in commands]
    for command in commands:
        lines += ["", *_fish_arguments(command)]
    return "\n".join(lines) + "\n"


def _fish_arguments(command: DescribedCommand) -> Iterator[str]:
    start = f"complete -c pairgrant -n '__fish_seen_subcommand_from {command.name}'"
    for option in command.options:
        flags = " ".join(
            f"-l {flag[2:]}" if flag.startswith("--") else f"-s {flag[1:]}" for flag in option.flags
        )
        yield f"{start} {flags}{_fish_values(option)} -d {_fish_text(option.help)}"
    for operand in command.operands:
        if operand.choices:
            yield f"{start} -a {_fish_text(' '.join(operand.choices))}"


def _fish_values(option: DescribedArgument) -> str:
    if not option.values:
        return ""
    if _takes_profile(option):
        return f" -x -a {_fish_text(f'({_PROFILES})')}"
    if option.choices:
        return f" -x -a {_fish_text(' '.join(option.choices))}"
    return " -r -F" if option.is_file else " -x"


def _fish_text(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


SCRIPTS: dict[str, Callable[[Sequence[DescribedCommand]], str]] = {
    "bash": bash_script,
    "zsh": zsh_script,
    "fish": fish_script,
}
"""Shell -> what makes its script."""
