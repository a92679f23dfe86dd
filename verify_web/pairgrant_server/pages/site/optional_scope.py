"""The checkboxes for optional scopes at consent, step (D); all are ticked at first."""

from collections.abc import Mapping, Sequence

PREFIX = "optional"


def ticked(scope: Sequence[str], optional: Sequence[str], form: Mapping[str, str]) -> tuple[str, ...]:
    """The approved scope: ``scope`` without the optional values that were unticked."""
    return tuple(value for value in scope if value not in optional or f"{PREFIX} {value}" in form)


def unticked(optional: Sequence[str], form: Mapping[str, str]) -> tuple[str, ...]:
    """The ``optional`` scopes whose boxes the person unticked."""
    return tuple(value for value in optional if f"{PREFIX} {value}" not in form)
