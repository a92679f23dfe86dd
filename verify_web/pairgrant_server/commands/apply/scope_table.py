"""``[scope.NAME]`` in the file of ``apply``: the English text, and a table for each other language."""

import difflib
from collections.abc import Mapping
from typing import Any

from pairgrant_protocol.visible_text import visible
from pairgrant_server.authorization_server.model.defined_scope import (
    ENGLISH,
    DefinedScope,
    Icon,
    ScopeDefinitionError,
    ScopeText,
    checked_definition,
)
from pairgrant_server.commands.apply.problem import Problem

_TEXT_KEYS = ("title", "sentence")
_KEYS = (*_TEXT_KEYS, "icon", "strong")


def read_scope(name: str, members: Mapping[str, Any], problems: list[Problem]) -> DefinedScope | None:
    """The definition; None if it has ``problems``, which are added."""
    table, found = f"scope.{visible(name)}", len(problems)
    texts = {}
    english = {key: members[key] for key in _TEXT_KEYS if key in members}
    if english:
        texts[ENGLISH] = _text(table, english, problems)
    for key, written in members.items():
        if isinstance(written, dict):
            texts[key] = _text(f"{table}.{visible(key)}", written, problems)
        elif key not in _KEYS:
            problems.append(Problem(table, visible(key), _unknown(key, _KEYS)))
    strong = members.get("strong", False)
    if not isinstance(strong, bool):
        problems.append(Problem(table, "strong", "write true or false"))
    icon = members.get("icon")
    if icon is not None and icon not in {known.value for known in Icon}:
        problems.append(Problem(table, "icon", f"write one of {', '.join(known.value for known in Icon)}"))
    if len(problems) > found:
        return None
    try:
        return checked_definition(DefinedScope(name, texts, None if icon is None else Icon(icon), strong))
    except ScopeDefinitionError as error:
        problems.append(Problem(table, error.field, str(error)))
        return None


def _text(table: str, members: Mapping[str, Any], problems: list[Problem]) -> ScopeText:
    for key, written in members.items():
        if key not in _TEXT_KEYS:
            problems.append(Problem(table, visible(key), _unknown(key, _TEXT_KEYS)))
        elif not isinstance(written, str):
            problems.append(Problem(table, key, "write a string"))
    return ScopeText(members.get("title", ""), members.get("sentence", ""))


def _unknown(key: str, known: tuple[str, ...]) -> str:
    near = difflib.get_close_matches(key, known, n=1)
    return (
        f"unknown key; did you mean {near[0]}?" if near else f"unknown key; the keys are {', '.join(known)}"
    )
