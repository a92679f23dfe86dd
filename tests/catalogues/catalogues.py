"""Brings the catalogues of the device and of the server up to date with their sources: ``make messages``.

Collects the texts that are marked in the source into the template, adds the new ones to each language and
removes those that are gone, and compiles what is translated. A text that is new or has changed has to be
translated by hand in ``locale/*/LC_MESSAGES/*.po``; run ``make messages`` again then.
"""

import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

import pairgrant.translation
import pairgrant_server.translation

_KEYWORDS = {
    "_": None,
    "gettext": None,
    "ngettext": (1, 2),
    "npgettext": ((1, "c"), 2, 3),
    "pgettext": ((1, "c"), 2),
    "Translatable": None,
}
_METHODS = [("**.py", "python"), ("**.html", "jinja2")]
_OPTIONS = {"**.html": {"trimmed": "true", "trim_blocks": "true", "lstrip_blocks": "true", "silent": "false"}}
_NO_DATE = datetime(2026, 1, 1, tzinfo=UTC)
_LEFT_OUT = (
    "POT-Creation-Date",
    "PO-Revision-Date",
    "Generated-By",
    "Report-Msgid-Bugs-To",
    "Last-Translator",
    "Language-Team",
)


@dataclass(frozen=True)
class Catalogues:
    """Those of the package that ``locale`` lies in; English, the language of the source, has none."""

    domain: str
    locale: Path

    @property
    def languages(self) -> list[str]:
        return sorted(path.name for path in self.locale.iterdir() if path.is_dir())

    @property
    def template(self) -> Path:
        return self.locale / f"{self.domain}.pot"

    def extracted(self) -> Catalog:
        """The texts that are marked in the source."""
        template = self._empty(None)
        found = extract_from_dir(
            self.locale.parent,
            method_map=_METHODS,
            options_map=_OPTIONS,
            keywords=_KEYWORDS,
            comment_tags=("Translators:",),
            strip_comment_tags=True,
        )
        for _, _, message, comments, context in found:
            template.add(message, auto_comments=comments, context=context)
        return template

    def file_of(self, language: str) -> Path:
        """The catalogue of ``language``."""
        return self.locale / language / "LC_MESSAGES" / f"{self.domain}.po"

    def catalogue(self, language: str) -> Catalog:
        """The translations of ``language``, as they are written in its file."""
        return self.read(self.file_of(language), language)

    def read(self, file: Path, language: str | None = None) -> Catalog:
        """The catalogue in ``file``, a .po file or the template."""
        with file.open("rb") as opened:
            return read_po(opened, locale=language, domain=self.domain)

    def texts(self, language: str) -> list[str]:
        """What the package says in ``language``, with placeholders."""
        if language == pairgrant.translation.SOURCE_LANGUAGE:
            return [part for message in self.extracted() for part in _parts(message.id)]
        return [part for message in self.catalogue(language) if message.id for part in _parts(message.string)]

    def update(self) -> None:
        """Write the template, and the catalogues of all languages."""
        template = self.extracted()
        self._write(template, self.template)
        for language in self.languages:
            file = self.file_of(language)
            translations = self.catalogue(language) if file.exists() else self._empty(language)
            translations.update(template, no_fuzzy_matching=True)
            translations.obsolete.clear()
            self._write(translations, file)
            compiled = io.BytesIO()
            write_mo(compiled, translations)
            file.with_suffix(".mo").write_bytes(compiled.getvalue())

    def _empty(self, language: str | None) -> Catalog:
        return Catalog(
            locale=language,
            domain=self.domain,
            project=self.domain,
            version="1",
            header_comment=f"# Texts of {self.domain}.",
            fuzzy=False,
        )

    def _write(self, messages: Catalog, file: Path) -> None:
        """Write without dates and versions, which would differ at every run."""
        messages.creation_date = messages.revision_date = _NO_DATE
        written = io.BytesIO()
        write_po(written, messages, width=110, no_location=True, sort_output=True, ignore_obsolete=True)
        lines = written.getvalue().decode().splitlines(keepends=True)
        file.write_text(
            "".join(line for line in lines if not line.startswith(tuple(f'"{name}' for name in _LEFT_OUT)))
        )


def _parts(text: str | Iterable[str] | None) -> list[str]:
    return [text] if isinstance(text, str) else [*(text or ())]


DEVICE = Catalogues(pairgrant.translation.DOMAIN, pairgrant.translation.LOCALE)
SERVER = Catalogues(pairgrant_server.translation.DOMAIN, pairgrant_server.translation.LOCALE)


if __name__ == "__main__":
    for catalogues in (DEVICE, SERVER):
        catalogues.update()
