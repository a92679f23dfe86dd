"""The commands and their options as data, read from the parsers: for completion scripts and manual pages."""

import argparse
from argparse import Action, ArgumentParser
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DescribedArgument:
    """One option, or one operand if it has no ``flags``.

    ``values`` are the names of its values, none for a switch; ``choices`` are all values that it can have.
    ``help`` is without the notes on its variable and default, which ``notes`` has.
    """

    flags: tuple[str, ...]
    values: tuple[str, ...]
    choices: tuple[str, ...]
    help: str
    notes: str
    repeats: bool

    @property
    def is_file(self) -> bool:
        """Whether a value is the name of a file."""
        return "FILE" in self.values


@dataclass(frozen=True, slots=True)
class DescribedCommand:
    name: str
    summary: str
    more: str
    options: tuple[DescribedArgument, ...]
    operands: tuple[DescribedArgument, ...]


def described_commands(
    parsers: Mapping[str, ArgumentParser], known_values: Mapping[str, tuple[str, ...]]
) -> list[DescribedCommand]:
    """The commands in the order of the help; ``known_values`` are the choices of options that don't have
    all of them in the parser.
    """
    return [_described(name, parser, known_values) for name, parser in parsers.items()]


def _described(
    name: str, parser: ArgumentParser, known_values: Mapping[str, tuple[str, ...]]
) -> DescribedCommand:
    shown = [action for action in parser._actions if action.help != argparse.SUPPRESS]  # noqa: SLF001 - argparse has no public list
    described = [_argument(action, known_values) for action in shown]
    return DescribedCommand(
        name,
        parser.description or "",
        parser.epilog or "",
        tuple(argument for argument in described if argument.flags),
        tuple(argument for argument in described if not argument.flags),
    )


def _argument(action: Action, known_values: Mapping[str, tuple[str, ...]]) -> DescribedArgument:
    choices = tuple(str(choice) for choice in action.choices or ())
    flags = tuple(action.option_strings)
    help_text, bracket, notes = (action.help or "").replace("%%", "%").partition(" [")
    return DescribedArgument(
        flags=flags,
        values=_values(action, choices),
        choices=choices or next((known_values[flag] for flag in flags if flag in known_values), ()),
        help=help_text,
        notes=notes.removesuffix("]") if bracket else "",
        repeats=isinstance(action, argparse._AppendAction),  # noqa: SLF001 - as above
    )


def _values(action: Action, choices: tuple[str, ...]) -> tuple[str, ...]:
    if action.nargs == 0:
        return ()
    if isinstance(action.metavar, tuple):
        return action.metavar
    shown = action.metavar or ("|".join(choices) if choices else action.dest.upper())
    return (shown,) * (action.nargs if isinstance(action.nargs, int) else 1)
