"""Records that are immutable for the type checker, at no cost while the server runs."""

from dataclasses import dataclass, field
from typing import TypeVar, dataclass_transform

T = TypeVar("T")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def record(cls: type[T]) -> type[T]:
    """A dataclass with slots whose fields mypy lets no one assign.

    A request makes a dozen of them. With ``frozen=True`` each takes four to ten times as long to make (2 and
    26 fields), because each field is set by ``object.__setattr__``.
    """
    return dataclass(slots=True, unsafe_hash=True)(cls)
