"""A text that is translated when it is shown; each package has catalogues of its own."""

from collections.abc import Callable, Mapping
from typing import Self


class Translatable(str):
    """A constant of a module, or the text of an error, that a person reads in their own language.

    Its value is the English text with its ``{placeholders}`` filled in; a value may be ``Translatable`` too.
    """

    __slots__ = ("message", "values")

    message: str
    values: dict[str, object]

    def __new__(cls, message: str, **values: object) -> Self:
        text = super().__new__(cls, filled(message, values))
        text.message, text.values = message, values
        return text

    def translated(self, gettext: Callable[[str], str]) -> str:
        """The text by a catalogue, which ``gettext`` looks a message up in."""
        values = {
            name: value.translated(gettext) if isinstance(value, Translatable) else value
            for name, value in self.values.items()
        }
        return filled(gettext(self.message), values)


def filled(message: str, values: Mapping[str, object]) -> str:
    """``message`` with its ``{placeholders}``; without values, braces are ordinary characters."""
    return message.format(**values) if values else message
