"""What each scope means, as a person reads it at consent and in the list of connected devices.

The texts of the operator come first, in the reader's language or in English; then those of the built-in
scopes; a scope without a description is shown by its name.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from jinja2 import pass_context
from jinja2.runtime import Context

from pairgrant_protocol.visible_text import visible
from pairgrant_server.authorization_server.model.defined_scope import DefinedScope
from pairgrant_server.authorization_server.model.scopes import SCOPES
from pairgrant_server.translation import gettext, reader, translated

KNOWN_SCOPES = "known_scopes"
"""The variable of every page: the definitions of the operator, by name."""


@dataclass(frozen=True, slots=True)
class ShownScope:
    """``value`` as in the protocol; ``icon`` is the name of a picture, or None."""

    value: str
    title: str
    sentence: str = ""
    icon: str | None = None
    is_strong: bool = False


def shown_scope(value: str, known: Mapping[str, DefinedScope]) -> ShownScope:
    defined = known.get(value)
    text = None if defined is None else defined.text_in(reader().language)
    title, sentence = _built_in(value), ""
    if text is not None:
        title, sentence = visible(text.title), visible(text.sentence)
    icon = None if defined is None or defined.icon is None else defined.icon.value
    return ShownScope(value, title, sentence, icon, defined is not None and defined.is_strong)


def _built_in(value: str) -> str:
    text = SCOPES.get(value)
    return gettext("“{name}”", name=visible(value)) if text is None else str(translated(text))


@pass_context
def shown_scopes(context: Context, values: Iterable[str]) -> list[ShownScope]:
    """For a consent page: the strong ones first, so that none of them is folded away."""
    shown = [shown_scope(value, _known(context)) for value in values]
    return sorted(shown, key=lambda scope: not scope.is_strong)


@pass_context
def scope_text(context: Context, value: str) -> str:
    """The title alone, for a list."""
    return shown_scope(value, _known(context)).title


def _known(context: Context) -> Mapping[str, DefinedScope]:
    known: Any = context.get(KNOWN_SCOPES)
    return known or {}
