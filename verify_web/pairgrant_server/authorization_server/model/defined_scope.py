"""A scope that the operator has defined: how people read it at consent (RFC 6749 §3.3)."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from pairgrant_protocol.visible_text import visible
from pairgrant_server.errors import PairgrantServerError

ENGLISH = "en"
LONGEST_TITLE = 60
LONGEST_SENTENCE = 160

_NAME = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]{1,100}")
"""A scope-token (RFC 6749 §3.3), short enough for a page."""
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")


class Icon(StrEnum):
    """The pictures that a scope may have; each is a file of the site."""

    ACCOUNT = "account"
    CALENDAR = "calendar"
    DOCUMENT = "document"
    HOME = "home"
    KEY = "key"
    LOCK = "lock"
    MAIL = "mail"
    PAYMENT = "payment"
    PENCIL = "pencil"
    SCREEN = "screen"


_ICONS = {icon.value: icon for icon in Icon}


class ScopeDefinitionError(PairgrantServerError, ValueError):
    """The definition is not usable; the text names what to change, and ``field`` where it is."""

    def __init__(self, text: str, field: str) -> None:
        super().__init__(text)
        self.field = field


@dataclass(frozen=True, slots=True)
class ScopeText:
    """``title`` stands alone in lists; ``sentence`` explains it at consent."""

    title: str
    sentence: str = ""


@dataclass(frozen=True, slots=True)
class DefinedScope:
    """``texts`` by language; ``is_strong``: emphasized at consent, and never folded away."""

    name: str
    texts: Mapping[str, ScopeText]
    icon: Icon | None = None
    is_strong: bool = False

    def text_in(self, language: str) -> ScopeText | None:
        """The text in ``language``, else in English."""
        return (
            self.texts.get(language) or self.texts.get(language.partition("-")[0]) or self.texts.get(ENGLISH)
        )

    def texts_to_json(self) -> str:
        return json.dumps({code: [text.title, text.sentence] for code, text in sorted(self.texts.items())})

    @classmethod
    def of(cls, name: str, texts: str, icon: str | None, *, is_strong: bool) -> Self:
        """``texts`` as ``texts_to_json`` writes them; an icon that this version does not have is left out."""
        read = {code: ScopeText(*parts) for code, parts in json.loads(texts).items()}
        return cls(name, read, _ICONS.get(icon or ""), is_strong)


def checked_definition(scope: DefinedScope) -> DefinedScope:
    """``scope``, if it is valid.

    Raises:
        ScopeDefinitionError
    """
    if not _NAME.fullmatch(scope.name):
        raise ScopeDefinitionError(f"{visible(scope.name)!r} is not a scope (RFC 6749 §3.3).", "name")
    if not scope.texts:
        raise ScopeDefinitionError("A scope needs a title; people read it on the approval page.", "title")
    for language, text in scope.texts.items():
        if not _LANGUAGE.fullmatch(language):
            raise ScopeDefinitionError(
                f"{visible(language)!r} is not a language; write a code like en, it or de.", "language"
            )
        if not text.title:
            raise ScopeDefinitionError(f"The title in {language} is missing.", "title")
        _check_text(text.title, "title", LONGEST_TITLE)
        _check_text(text.sentence, "sentence", LONGEST_SENTENCE)
    return scope


def _check_text(text: str, field: str, longest: int) -> None:
    if len(text) > longest:
        raise ScopeDefinitionError(
            f"A {field} has at most {longest} characters; this has {len(text)}.", field
        )
    if text != visible(text) or text != text.strip():
        raise ScopeDefinitionError(
            f"A {field} is one line without invisible characters and without spaces around it.", field
        )
