"""One option of a command: its flag, its variable and its key in a provisioning file are described once."""

from argparse import SUPPRESS, Action, ArgumentParser, BooleanOptionalAction, Namespace, _ActionsContainer
from dataclasses import dataclass
from enum import Enum
from typing import Any

from pairgrant.errors import DeviceSettingsError
from pairgrant_protocol.visible_text import visible

_WORDS = {
    "yes": True,
    "true": True,
    "on": True,
    "1": True,
    "auto": True,
    "no": False,
    "false": False,
    "off": False,
    "0": False,
    "never": False,
}
"""Values of the variable of a switch; ``auto`` and ``never`` are those of PAIRGRANT_DPOP."""


class OptionValueError(DeviceSettingsError):
    """A value that the option doesn't have; the text completes ``NAME can't be used: …``."""


class _Joined(Action):
    """Joins the values of a flag that stands there several times by commas."""

    def __call__(self, _: ArgumentParser, namespace: Namespace, values: Any, __: str | None = None) -> None:
        before = getattr(namespace, self.dest, None)
        setattr(namespace, self.dest, f"{before},{values}" if before else values)


class Form(Enum):
    """How an option stands on the command line."""

    VALUE = "--name VALUE"
    LIST = "--name VALUE,VALUE"
    """The flag may also stand there several times."""
    ON = "--name"
    OFF = "--no-name"
    ON_OFF = "--name, --no-name"
    NO_FLAG = ""
    """A variable or a key in a file only."""


@dataclass(frozen=True, slots=True)
class Option:
    """One option; ``name`` has underscores.

    ``default`` is the text of the default, ``otherwise`` describes one that is not a fixed text. The value is
    a ``str``, or a ``bool`` if there is no ``metavar``; None if there is neither a value nor a default.
    ``is_number``: a provisioning file may have a number instead of a text. ``in_file``: it may have this
    option at all.
    """

    name: str
    metavar: str
    help: str
    default: str | None = None
    otherwise: str | None = None
    choices: tuple[str, ...] = ()
    form: Form = Form.VALUE
    has_variable: bool = True
    is_number: bool = False
    in_file: bool = True

    @property
    def flag(self) -> str:
        """The option as messages name it."""
        return ("--no-" if self.form is Form.OFF else "--") + self.name.replace("_", "-")

    @property
    def variable(self) -> str:
        return "PAIRGRANT_" + self.name.upper()

    @property
    def is_switch(self) -> bool:
        return not self.metavar

    def add_to(self, parser: _ActionsContainer) -> None:
        """Add the flag; a namespace has the name only if the command line has the flag."""
        shared: dict[str, Any] = {"dest": self.name, "default": SUPPRESS, "help": self._help()}
        match self.form:
            case Form.VALUE:
                choices = self.choices or None
                parser.add_argument(
                    self.flag, metavar=None if choices else self.metavar, choices=choices, **shared
                )
            case Form.LIST:
                parser.add_argument(self.flag, metavar=self.metavar, action=_Joined, **shared)
            case Form.ON:
                parser.add_argument(self.flag, action="store_true", **shared)
            case Form.OFF:
                parser.add_argument(self.flag, action="store_false", **shared)
            case Form.ON_OFF:
                parser.add_argument(self.flag, action=BooleanOptionalAction, **shared)
            case Form.NO_FLAG:
                pass

    def arguments(self, value: str | bool) -> list[str]:  # noqa: FBT001 - the value of a switch
        """The words of a command line that give the option this value."""
        if not self.is_switch:
            return [f"{self.flag}={value}"]
        name = self.name.replace("_", "-")
        return [f"--{name}" if value else f"--no-{name}"]

    def of_text(self, text: str) -> str | bool:
        """The value of a variable.

        Raises:
            OptionValueError: the option has no such value.
        """
        if self.is_switch:
            word = _WORDS.get(text.lower())
            if word is None:
                raise OptionValueError(f"{visible(text, limit=80)!r} is neither yes nor no")
            return word
        if self.choices and text not in self.choices:
            known = ", ".join(self.choices[:-1]) + f" or {self.choices[-1]}"
            raise OptionValueError(f"{visible(text, limit=80)!r} is not {known}")
        return text

    def of_file(self, value: object) -> str | bool:
        """The value of a key in a file.

        Raises:
            OptionValueError: the option has no such value.
        """
        if self.is_switch:
            if isinstance(value, bool):
                return value
            raise OptionValueError("it has to be true or false, without quotes")
        if self.is_number and isinstance(value, int | float) and not isinstance(value, bool):
            return self.of_text(str(value))
        if not isinstance(value, str):
            raise OptionValueError("it has to be a text in quotes" + (" or a number" * self.is_number))
        return self.of_text(value)

    def _help(self) -> str:
        default = self.otherwise or self.default
        variable = self.variable if self.has_variable else None
        notes = [note for note in (variable, default and f"default: {default}") if note]
        return f"{self.help} [{'; '.join(notes)}]" if notes else self.help
