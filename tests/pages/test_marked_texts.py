"""Every text of a template is marked for translation, also where no state of the walk shows it."""

import re
from pathlib import Path

import pytest

from pairgrant_server.pages.site import rendering

TEMPLATES = Path(rendering.__file__).parents[1] / "templates"

_NO_TEXT = re.compile(
    r"\{#.*?#\}"
    r"|\{% block width %\}.*?\{% endblock %\}"
    r"|\{% trans\b.*?\{% endtrans %\}"
    r"|\{\{.*?\}\}|\{%.*?%\}",
    re.DOTALL,
)
"""Jinja's own, with marked texts, and a class of the layout."""
_MARKUP = re.compile(r"""<(script|style)\b.*?</\1>|<(?:[^>"]|"[^"]*")*>|&[a-z]+;""", re.DOTALL)


@pytest.mark.parametrize("file", sorted(TEMPLATES.rglob("*.html")), ids=lambda file: file.name)
def test_template_has_no_words_outside_of_marked_texts(file: Path) -> None:
    shown = _MARKUP.sub(" ", _NO_TEXT.sub("", file.read_text()))
    assert re.findall(r"[A-Za-z]{2,}", shown) == [], "see CONTRIBUTING.md, `A text that a person reads`"
