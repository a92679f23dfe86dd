"""Reads the provisioning file of a kiosk: its options as the keys of a TOML file, without sections."""

import re
import stat
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path

from pairgrant.commands.chosen import Entry
from pairgrant.commands.option import Option, OptionValueError
from pairgrant.commands.secret_file import UnusableFileError, is_private, read_small_file
from pairgrant.errors import DeviceSettingsError
from pairgrant_protocol.visible_text import visible

_SECRETS = {"client_secret"}
"""Keys that only a file that others can't read may have."""

_NEVER = {
    "pin": "A PIN never stands in this file: name a file that has it with pin_file.",
    "config": "A file can't name another one.",
    "no_config": "A file can't name another one.",
}

_KEY = re.compile(r"""\s*(?:"([^"\\]+)"|'([^']+)'|([\w-]+))\s*(?:=|\.)""")
_SECTION = re.compile(r"""\s*\[+\s*(?:"([^"\\]+)"|'([^']+)'|([\w-]+))""")


@dataclass(frozen=True, slots=True)
class Provisioning:
    """The usable entries by the names of their options, and a sentence for each entry that is not usable."""

    entries: dict[str, Entry] = field(default_factory=dict)
    problems: tuple[str, ...] = ()

    def check(self) -> None:
        """Refuse a file with a problem.

        Raises:
            DeviceSettingsError: there is one; the message has the first.
        """
        if self.problems:
            others = len(self.problems) - 1
            more = f" ({others} more: pairgrant kiosk --check-config lists them.)" if others else ""
            raise DeviceSettingsError(self.problems[0] + more)


def read_provisioning(path: Path, options: Iterable[Option]) -> Provisioning:
    """The entries of the file at ``path`` for those of ``options`` that a file may have."""
    name = visible(str(path))
    try:
        text, facts = read_small_file(path)
        values = tomllib.loads(text)
    except UnusableFileError as error:
        return Provisioning(problems=(f"{name} can't be used: {error}.",))
    except (ValueError, RecursionError) as error:  # also a number with thousands of digits
        return Provisioning(problems=(f"{name} can't be used: {visible(str(error))}.",))
    if facts.st_mode & stat.S_IWOTH:
        return Provisioning(problems=(f"{name} can't be used: everyone can write to it.",))
    known = {option.name: option for option in options if option.in_file}
    lines = _lines(text)
    entries: dict[str, Entry] = {}
    problems: list[str] = []
    for key, value in values.items():
        place = f"{name}:{lines[key]}" if key in lines else name
        option_name = key.replace("-", "_")
        problem = _problem(key, value, known)
        if problem is None and option_name in entries:
            problem = f"{visible(key)} stands here twice, with an underscore and with a dash."
        elif problem is None and option_name in _SECRETS and not is_private(path, facts):
            problem = (
                f"{option_name} may only stand in a file that others can't read (its mode is "
                f"{stat.S_IMODE(facts.st_mode):04o}). Run `chmod 600 {name}`, or use client_secret_file."
            )
        if problem:
            problems.append(f"{place}: {problem}")
        else:
            entries[option_name] = Entry(value, place)
    return Provisioning(entries, tuple(problems))


def _problem(key: str, value: object, known: dict[str, Option]) -> str | None:
    """What is wrong with one entry."""
    name, shown = key.replace("-", "_"), visible(key, limit=80)
    if isinstance(value, dict):
        return f"[{shown}] can't be used: the keys of this file stand without sections."
    option = known.get(name)
    if option is None:
        return _unknown(name, shown, known)
    try:
        option.of_file(value)
    except OptionValueError as error:
        return f"{shown} can't be used: {error}."
    return None


def _unknown(name: str, shown: str, known: dict[str, Option]) -> str:
    if name in _NEVER:
        return f"{shown} can't be used. {_NEVER[name]}"
    nearest = get_close_matches(name.removeprefix("no_"), known, n=1, cutoff=0.5)
    hint = f" Did you mean {nearest[0]}?" if nearest else " docs/device.md lists the keys."
    if name.startswith("no_") and name.removeprefix("no_") in known:
        hint = f" Write {name.removeprefix('no_')} = false."
    return f"there is no key {shown}.{hint}"


def _lines(text: str) -> dict[str, int]:
    """Line by key; a line of a text in three quotes that looks like a key may be taken for one."""
    found: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        match = _KEY.match(line) or _SECTION.match(line)
        if match:
            found.setdefault(next(filter(None, match.groups())), number)
    return found
