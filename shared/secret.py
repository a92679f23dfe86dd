"""A secret is a type whose ``repr`` is masked, so that no log line, traceback or snapshot can hold one by accident."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Secret:
    """One code, token or password; ``reveal()`` is the only way to its text."""

    _text: str = field(repr=False)

    def reveal(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return "Secret('***')"

    __str__ = __repr__

    def __bool__(self) -> bool:
        return bool(self._text)
