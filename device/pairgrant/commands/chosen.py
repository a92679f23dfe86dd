"""Where the value of an option comes from: the command line, else a variable, a file or the default."""

from argparse import Namespace
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pairgrant.commands.option import Option, OptionValueError
from pairgrant.errors import DeviceSettingsError


@dataclass(frozen=True, slots=True)
class Entry:
    """One key of a provisioning file; ``place`` is ``FILE:LINE``."""

    value: object
    place: str


class Chosen:
    """The values of options by their names, each with its origin."""

    def __init__(self) -> None:
        self._values: dict[str, Any] = {}
        self._origins: dict[str, str] = {}

    def put(self, name: str, value: Any, origin: str) -> None:
        self._values[name] = value
        self._origins[name] = origin

    def __getitem__(self, name: str) -> Any:
        return self._values[name]

    def get(self, name: str) -> Any:
        """The value; None also for an option that the command lacks."""
        return self._values.get(name)

    def origin(self, name: str) -> str:
        """``option``, the name of a variable, the place in a file, or ``default``."""
        return self._origins[name]


def choose(
    given: Namespace,
    options: Iterable[Option],
    variables: Mapping[str, str],
    entries: Mapping[str, Entry] | None = None,
) -> Chosen:
    """The value of each of ``options``; an empty variable counts as unset.

    Raises:
        DeviceSettingsError: a variable or a key of the file has a value that its option doesn't have.
    """
    chosen = Chosen()
    for option in options:
        text = variables.get(option.variable) if option.has_variable else None
        if option.name in given:
            chosen.put(option.name, getattr(given, option.name), "option")
        elif text:
            chosen.put(option.name, _checked(option.variable, option.of_text, text), option.variable)
        elif entries and (entry := entries.get(option.name)):
            key = f"{option.name} ({entry.place})"
            chosen.put(option.name, _checked(key, option.of_file, entry.value), entry.place)
        else:
            chosen.put(option.name, option.default, "default")
    return chosen


def _checked(name: str, parse: Any, value: object) -> Any:
    try:
        return parse(value)
    except OptionValueError as error:
        raise DeviceSettingsError(f"{name} can't be used: {error}.") from None
