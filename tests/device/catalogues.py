"""Brings the catalogues of the device up to date with its source: ``make messages``.

Collects the texts that are marked in the source into the template, adds the new ones to each language and
removes those that are gone, and compiles what is translated. A text that is new or has changed has to be
translated by hand in ``locale/*/LC_MESSAGES/pairgrant.po``; run ``make messages`` again then.
"""

import io
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from pairgrant.translation import DOMAIN, LOCALE, SOURCE_LANGUAGE

TEMPLATE = LOCALE / f"{DOMAIN}.pot"

_PACKAGE = LOCALE.parent
_KEYWORDS = {"gettext": None, "ngettext": (1, 2), "pgettext": ((1, "c"), 2), "Translatable": None}
_NO_DATE = datetime(2026, 1, 1, tzinfo=UTC)
_LEFT_OUT = (
    "POT-Creation-Date",
    "PO-Revision-Date",
    "Generated-By",
    "Report-Msgid-Bugs-To",
    "Last-Translator",
    "Language-Team",
)


def extracted() -> Catalog:
    """The texts that are marked in the source of the device."""
    template = _empty(None)
    found = extract_from_dir(
        _PACKAGE,
        method_map=[("**.py", "python")],
        keywords=_KEYWORDS,
        comment_tags=("Translators:",),
        strip_comment_tags=True,
    )
    for _, _, message, comments, context in found:
        template.add(message, auto_comments=comments, context=context)
    return template


def file_of(language: str) -> Path:
    """The catalogue of ``language``."""
    return LOCALE / language / "LC_MESSAGES" / f"{DOMAIN}.po"


def catalogue(language: str) -> Catalog:
    """The translations of ``language``, as they are written in its file."""
    return read_catalogue(file_of(language), language)


def read_catalogue(file: Path, language: str | None = None) -> Catalog:
    """The catalogue in ``file``, a .po file or the template."""
    with file.open("rb") as opened:
        return read_po(opened, locale=language, domain=DOMAIN)


def texts(language: str) -> list[str]:
    """What the device says in ``language``, with placeholders."""
    if language == SOURCE_LANGUAGE:
        return [part for message in extracted() for part in _parts(message.id)]
    return [part for message in catalogue(language) if message.id for part in _parts(message.string)]


def _parts(text: str | Iterable[str] | None) -> list[str]:
    return [text] if isinstance(text, str) else [*(text or ())]


def update() -> None:
    """Write the template, and the catalogues of all languages."""
    template = extracted()
    _write(template, TEMPLATE)
    for file in sorted(LOCALE.glob("*/LC_MESSAGES")):
        language = file.parent.name
        translations = catalogue(language) if file_of(language).exists() else _empty(language)
        translations.update(template, no_fuzzy_matching=True)
        translations.obsolete.clear()
        _write(translations, file_of(language))
        compiled = io.BytesIO()
        write_mo(compiled, translations)
        file_of(language).with_suffix(".mo").write_bytes(compiled.getvalue())


def _empty(language: str | None) -> Catalog:
    return Catalog(
        locale=language,
        domain=DOMAIN,
        project=DOMAIN,
        version="1",
        header_comment=f"# Texts of {DOMAIN}.",
        fuzzy=False,
    )


def _write(messages: Catalog, file: Path) -> None:
    """Write without dates and versions, which would differ at every run."""
    messages.creation_date = messages.revision_date = _NO_DATE
    written = io.BytesIO()
    write_po(written, messages, width=110, no_location=True, sort_output=True, ignore_obsolete=True)
    lines = written.getvalue().decode().splitlines(keepends=True)
    file.write_text(
        "".join(line for line in lines if not line.startswith(tuple(f'"{name}' for name in _LEFT_OUT)))
    )


if __name__ == "__main__":
    update()
