"""Finds the form of a verification page into which a person types the code; pure."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

from pairgrant.doctor.addresses import target_of
from pairgrant.doctor.exchange import Form

_MOST_FORMS, _MOST_INPUTS = 20, 60
_TYPED = frozenset({"", "text", "search", "tel", "number", "password"})
_CODE_LIKE = re.compile(r"code|otp|pin|pair|device", re.IGNORECASE)


@dataclass(slots=True)
class _FoundForm:
    action: str
    method: str
    hidden: list[tuple[str, str]] = field(default_factory=list)
    typed: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class CodeEntryForm:
    """``action`` is absolute; ``hidden`` are the values that the page sends along."""

    action: str
    method: str
    field_name: str
    hidden: Form

    def filled(self, code: str) -> Form:
        """What a browser sends if a person types ``code``."""
        return (*self.hidden, (self.field_name, code))


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[_FoundForm] = []
        self._is_open = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag == "form" and len(self.forms) < _MOST_FORMS:
            self.forms.append(_FoundForm(found.get("action", ""), found.get("method", "get").lower()))
            self._is_open = True
        elif tag == "input" and self._is_open and found.get("name"):
            self._add_input(found["name"], found.get("type", "").lower(), found.get("value", ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._is_open = False

    def _add_input(self, name: str, kind: str, value: str) -> None:
        form = self.forms[-1]
        if len(form.hidden) + len(form.typed) >= _MOST_INPUTS:
            return
        if kind == "hidden":
            form.hidden.append((name, value))
        elif kind in _TYPED:
            form.typed.append(name)


def code_entry_form(body: bytes, page_url: str) -> CodeEntryForm | None:
    """The form with exactly one field to type, whose name is that of a code; None if there is none."""
    parser = _Forms()
    parser.feed(body.decode(errors="replace"))
    for form in parser.forms:
        if len(form.typed) == 1 and _CODE_LIKE.search(form.typed[0]):
            method = "POST" if form.method == "post" else "GET"
            return CodeEntryForm(
                target_of(page_url, form.action or page_url), method, form.typed[0], tuple(form.hidden)
            )
    return None
