"""The language of the texts that a person reads, by gettext catalogues in ``locale/``.

English is the language of the source: it has no catalogue, and nothing is loaded for it. Logs, the journal
and JSON stay English whatever the language is, so a text that goes to both is a ``Translatable``: its value
is English, and what shows it to a person calls ``translated``. The rules are in CONTRIBUTING.md, "A text that
a person reads".
"""

import gettext as standard
from collections.abc import Mapping
from pathlib import Path

from pairgrant_protocol.translatable import Translatable, filled

__all__ = [
    "DOMAIN",
    "LOCALE",
    "SOURCE_LANGUAGE",
    "Translatable",
    "gettext",
    "language_code",
    "language_in_use",
    "language_of",
    "languages",
    "ngettext",
    "pgettext",
    "translated",
    "use_language",
]

LOCALE = Path(__file__).parent / "locale"
DOMAIN = "pairgrant"
SOURCE_LANGUAGE = "en"

_NO_LANGUAGE = {"", "C", "POSIX"}


class _Catalogue:
    """The catalogue in use; one for the process, as a locale is."""

    current = standard.NullTranslations()
    language = SOURCE_LANGUAGE


def languages() -> list[str]:
    """The languages that can be chosen, English first."""
    found = sorted(path.parents[1].name for path in LOCALE.glob(f"*/LC_MESSAGES/{DOMAIN}.mo"))
    return [SOURCE_LANGUAGE, *found]


def use_language(language: str) -> None:
    """Translate into ``language``, one of ``languages()``, from now on."""
    _Catalogue.language = language
    _Catalogue.current = (
        standard.NullTranslations()
        if language == SOURCE_LANGUAGE
        else standard.translation(DOMAIN, str(LOCALE), [language])
    )


def language_in_use() -> str:
    """The code of the language that ``use_language`` chose last."""
    return _Catalogue.language


def language_of(environment: Mapping[str, str]) -> str:
    """The language that the locale variables ask for, as GNU gettext reads them; English if there is none.

    ``LC_ALL``, ``LC_MESSAGES`` and ``LANG``, the first that is set, name the locale; ``LANGUAGE`` lists
    languages to prefer, unless the locale is ``C``.
    """
    locale = next(filter(None, map(environment.get, ("LC_ALL", "LC_MESSAGES", "LANG"))), "")
    if language_code(locale) in _NO_LANGUAGE:
        return SOURCE_LANGUAGE
    available = languages()
    wanted = map(language_code, [*environment.get("LANGUAGE", "").split(":"), locale])
    return next((language for language in wanted if language in available), SOURCE_LANGUAGE)


def language_code(locale: str) -> str:
    """``de`` of ``de_AT.UTF-8@euro``."""
    for separator in "@._":
        locale = locale.partition(separator)[0]
    return locale


def gettext(message: str, **values: object) -> str:
    """``message`` in the language in use, with its ``{placeholders}`` filled in."""
    return filled(_Catalogue.current.gettext(message), values)


def pgettext(context: str, message: str, **values: object) -> str:
    """As ``gettext``; ``context`` tells apart texts that are equal in English only."""
    return filled(_Catalogue.current.pgettext(context, message), values)


def ngettext(singular: str, plural: str, count: int, **values: object) -> str:
    """As ``gettext``, in the form that ``count``, also a placeholder, asks for."""
    return filled(_Catalogue.current.ngettext(singular, plural, count), {"count": count, **values})


def translated(text: str) -> str:
    """``text`` in the language in use; unchanged if it is not ``Translatable``."""
    return text.translated(_Catalogue.current.gettext) if isinstance(text, Translatable) else text
