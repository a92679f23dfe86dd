"""Secrets with a masked ``repr``, so that none gets into a log line, traceback or snapshot by accident."""

from hmac import compare_digest
from typing import Final, final


@final
class Secret:
    """One code, token or password; ``reveal()`` is the only way to its text.

    It is not a dataclass, because ``asdict`` and serializers built on it would read the text. Two secrets are
    compared in constant time.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text: Final = text

    def reveal(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return "Secret('***')"

    __str__ = __repr__

    def __bool__(self) -> bool:
        return bool(self._text)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return compare_digest(
            self._text.encode(errors="surrogatepass"), other._text.encode(errors="surrogatepass")
        )

    def __hash__(self) -> int:
        return hash(self._text)
