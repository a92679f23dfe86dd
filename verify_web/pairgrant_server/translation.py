"""The language of the texts that a person reads on the pages, by gettext catalogues in ``locale/``.

Each request has a ``Reader``, whose language ``gettext`` and its relatives translate into. English is the
language of the source and has no catalogue. Logs, commands and the responses of endpoints stay English, so a
text that may go there too is a ``Translatable``: its value is English, and a template translates it when it
shows it. The rules are in CONTRIBUTING.md, "A text that a person reads".
"""

import gettext as standard
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, tzinfo
from functools import cache
from pathlib import Path

from pairgrant_protocol.translatable import Translatable, filled

__all__ = [
    "DOMAIN",
    "LOCALE",
    "SOURCE_LANGUAGE",
    "Reader",
    "Translatable",
    "catalogue",
    "catalogues",
    "gettext",
    "languages",
    "ngettext",
    "pgettext",
    "reader",
    "translated",
    "with_own_texts",
    "write_for",
]

LOCALE = Path(__file__).parent / "locale"
DOMAIN = "pairgrant_server"
SOURCE_LANGUAGE = "en"

_RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ur"})


@dataclass(slots=True)
class Reader:
    """For whom a response is written.

    One object for a request and the tasks that it starts: the account, which is known later than the
    headers, changes it for all of them.
    """

    language: str = SOURCE_LANGUAGE
    time_zone: tzinfo = UTC
    own_catalogues: Mapping[str, standard.NullTranslations] | None = None
    """Those of a site whose operator has replaced texts, by language."""

    @property
    def direction(self) -> str:
        """Of the lines of the language, as in HTML."""
        return "rtl" if self.language in _RIGHT_TO_LEFT else "ltr"


_reader: ContextVar[Reader | None] = ContextVar("reader", default=None)


def write_for(someone: Reader) -> None:
    """A request of ``someone`` starts in this context, or goes on in it."""
    _reader.set(someone)


def reader() -> Reader:
    """Who reads; outside of a request, somebody who reads English."""
    return _reader.get() or Reader()


@cache
def catalogues() -> dict[str, standard.NullTranslations]:
    """By language, all in memory: they are small, and requests of all languages come mixed."""
    found = {SOURCE_LANGUAGE: standard.NullTranslations()}
    for path in sorted(LOCALE.glob(f"*/LC_MESSAGES/{DOMAIN}.mo")):
        with path.open("rb") as file:
            found[path.parents[1].name] = standard.GNUTranslations(file)
    return found


class _OwnCatalogue(standard.NullTranslations):
    """A catalogue in which an operator has replaced some texts; plurals stay as they are."""

    def __init__(self, texts: Mapping[str, str], under: standard.NullTranslations) -> None:
        super().__init__()
        self._texts = texts
        self.add_fallback(under)

    def gettext(self, message: str) -> str:
        return self._texts.get(message) or super().gettext(message)


def with_own_texts(
    texts: Callable[[str], Mapping[str, str]],
) -> dict[str, standard.NullTranslations]:
    """The catalogues, with the ``texts`` of each language in place of ours."""
    return {code: _OwnCatalogue(texts(code), found) for code, found in catalogues().items()}


def languages() -> list[str]:
    """The languages that a person can choose, English first."""
    return [*catalogues()]


def catalogue() -> standard.NullTranslations:
    """The reader's."""
    someone = reader()
    return (someone.own_catalogues or catalogues())[someone.language]


def gettext(message: str, **values: object) -> str:
    """``message`` in the reader's language, with its ``{placeholders}`` filled in."""
    return filled(catalogue().gettext(message), values)


def pgettext(context: str, message: str, **values: object) -> str:
    """As ``gettext``; ``context`` tells apart texts that are equal in English only."""
    return filled(catalogue().pgettext(context, message), values)


def ngettext(singular: str, plural: str, count: int, **values: object) -> str:
    """As ``gettext``, in the form that ``count``, also a placeholder, asks for."""
    return filled(catalogue().ngettext(singular, plural, count), {"count": count, **values})


def translated(text: object) -> object:
    """``text`` in the reader's language; unchanged if it is not ``Translatable``."""
    return text.translated(catalogue().gettext) if isinstance(text, Translatable) else text
