"""Templates of presets: texts with ``{names}`` that are replaced by values."""

import re
from collections.abc import Mapping

_NAME = re.compile(r"\{(\w+)\}")


def names_in(template: str) -> set[str]:
    """The names that ``template`` has in braces."""
    return set(_NAME.findall(template))


def filled(template: str, values: Mapping[str, str]) -> str:
    """``template`` with its names replaced by their values; a name without a value is left out."""
    return _NAME.sub(lambda match: values.get(match[1], ""), template)


def matches(text: str, pattern: str) -> bool:
    """Whether ``text`` is ``pattern``, where each name in braces stands for a part without a slash."""
    expression, end = "", 0
    for match in _NAME.finditer(pattern):
        expression += re.escape(pattern[end : match.start()]) + r"[\w{}.-]+"
        end = match.end()
    return re.fullmatch(expression + re.escape(pattern[end:]), text, re.ASCII) is not None
