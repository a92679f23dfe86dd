"""Where the value of an option comes from: the command line, else a variable, a file or the default."""

from argparse import Namespace
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from pairgrant.commands.option import Option, OptionValueError
from pairgrant.errors import DeviceSettingsError

OPTION = "option"
DEFAULT = "default"


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
        self.blamed: str | None = None
        """The option that the last error in ``naming_origins`` was about."""

    def copy(self) -> "Chosen":
        other = Chosen()
        for name, value in self._values.items():
            other.put(name, value, self._origins[name])
        return other

    def put(self, name: str, value: Any, origin: str) -> None:
        self._values[name] = value
        self._origins[name] = origin

    def __getitem__(self, name: str) -> Any:
        return self._values[name]

    def get(self, name: str) -> Any:
        """The value; None also for an option that the command lacks."""
        return self._values.get(name)

    def origin(self, name: str) -> str:
        """``OPTION``, the name of a variable, the place in a file, or ``DEFAULT``."""
        return self._origins[name]

    def rank(self, name: str) -> int:
        """How much precedence the origin has: 3 option, 2 variable, 1 file, 0 default."""
        origin = self._origins[name]
        return {OPTION: 3, DEFAULT: 0}.get(origin, 2 if origin.startswith("PAIRGRANT_") else 1)

    def _name_in(self, error: DeviceSettingsError) -> str | None:
        """The option that the error is about, which it names first by its flag."""
        flag = str(error).partition(" ")[0]
        name = flag.removeprefix("--").replace("-", "_")
        return name if flag.startswith("--") and name in self._values else None

    @contextmanager
    def naming_origins(self) -> Iterator[None]:
        """Let an error name the variable or the key in the file that the value comes from.

        Raises:
            DeviceSettingsError: the body raised one.
        """
        try:
            yield
        except DeviceSettingsError as error:
            self.blamed = name = self._name_in(error)
            rank = self.rank(name) if name else 0
            if name is None or rank not in {1, 2}:
                raise
            origin = self.origin(name)
            place = origin if rank == 2 else f"{origin}: {name}"
            raise DeviceSettingsError(f"{place} {str(error).partition(' ')[2]}") from None


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
            chosen.put(option.name, getattr(given, option.name), OPTION)
        elif text:
            chosen.put(option.name, _checked(option.variable, option.of_text, text), option.variable)
        elif entries and (entry := entries.get(option.name)):
            key = f"{entry.place}: {option.name}"
            chosen.put(option.name, _checked(key, option.of_file, entry.value), entry.place)
        else:
            chosen.put(option.name, option.default, DEFAULT)
    return chosen


def _checked(name: str, parse: Callable[[Any], Any], value: object) -> Any:
    try:
        return parse(value)
    except OptionValueError as error:
        raise DeviceSettingsError(f"{name} can't be used: {error}.") from None
