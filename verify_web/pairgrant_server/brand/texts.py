"""Texts of the pages in the operator's own words: a TOML file with a table for each language.

A key is the English text of the pages, its value what is shown instead. Values and markup of the original
have to stand in the replacement, so that a page can say what it has to say, and nothing else becomes markup.
"""

import re
import tomllib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pairgrant_protocol.visible_text import visible
from pairgrant_server.brand.errors import BrandError
from pairgrant_server.translation import catalogues, languages

MOST_BYTES = 256 * 1024
LONGEST = 1000
"""Characters of one text."""

_KEPT = re.compile(r"%\(\w+\)s|\{\w*\}|</?\w[^>]*>|&\w+;")
"""What a replacement has in common with the original: values, tags, and characters written as entities."""

_MARKUP = re.compile("[<>&]")


@dataclass(frozen=True, slots=True)
class OwnTexts:
    """Pairs of an original and its replacement, by language."""

    by_language: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = ()

    def of(self, language: str) -> Mapping[str, str]:
        return dict(next((texts for code, texts in self.by_language if code == language), ()))


NO_TEXTS = OwnTexts()


def load_texts(path: Path) -> OwnTexts:
    """The texts in a file.

    Raises:
        BrandError: it can't be read, or one of its texts can't be shown; the error names it.
    """
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
        tables = tomllib.loads(content.decode())
    except OSError as error:
        raise BrandError(f"{path} can't be read ({error.strerror}); name a TOML file") from None
    except ValueError as error:
        raise BrandError(f"{path} is no TOML file in UTF-8 ({error})") from None
    if len(content) > MOST_BYTES:
        raise BrandError(f"{path} is larger than {MOST_BYTES // 1024} kB")
    return OwnTexts(tuple((language, _checked(language, table)) for language, table in tables.items()))


def _checked(language: str, table: object) -> tuple[tuple[str, str], ...]:
    """Raises ``BrandError``."""
    if language not in languages() or not isinstance(table, dict):
        raise BrandError(f"[{language}] is no table of a language of the pages: {', '.join(languages())}")
    return tuple((original, _replacement(language, original, text)) for original, text in table.items())


def _replacement(language: str, original: str, text: object) -> str:
    where = f"[{language}] {visible(original, limit=60)!r}"
    if not _is_of_the_pages(original):
        raise BrandError(f"{where} is no text of the pages; copy the English text exactly")
    if not isinstance(text, str) or not text.strip() or len(text) > LONGEST or visible(text) != text:
        raise BrandError(f"{where}: write 1 to {LONGEST} characters, and none that is invisible")
    kept = _KEPT.findall(original)
    if Counter(_KEPT.findall(text)) != Counter(kept) or _MARKUP.search(_KEPT.sub("", text)):
        in_original = " ".join(kept) or "nothing"
        raise BrandError(
            f"{where}: the replacement has the same values and markup as the original: {in_original}"
        )
    return text


def _is_of_the_pages(original: str) -> bool:
    """English has no catalogue; each text of the pages differs from English in one of the others."""
    return bool(original) and any(
        catalogue.gettext(original) != original for catalogue in catalogues().values()
    )
