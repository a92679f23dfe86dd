"""All checks, and which of them are wanted."""

from collections.abc import Iterable

from pairgrant.doctor.check import Check
from pairgrant.doctor.checks import (
    approval,
    code_strength,
    decisions,
    discovery,
    other_grants,
    poll_pace,
    poll_requests,
    start,
    start_requests,
    verification_page,
)
from pairgrant.errors import DeviceSettingsError
from pairgrant_protocol.visible_text import visible

ALL_CHECKS: tuple[Check, ...] = (
    *discovery.CHECKS,
    *start.CHECKS,
    *start_requests.CHECKS,
    *code_strength.CHECKS,
    *poll_pace.CHECKS,
    *poll_requests.CHECKS,
    *approval.CHECKS,
    *decisions.CHECKS,
    *verification_page.CHECKS,
    *other_grants.CHECKS,
)


def chosen_checks(only: Iterable[str] = (), skip: Iterable[str] = ()) -> tuple[Check, ...]:
    """The checks whose id is in ``only``, if that has any, and not in ``skip``; ``poll`` means all of
    ``poll.…``.

    Raises:
        DeviceSettingsError: there is no check with such an id.
    """
    only, skip = tuple(only), tuple(skip)
    for name, option in [*((name, "--only") for name in only), *((name, "--skip") for name in skip)]:
        check_id(name, option)
    return tuple(
        check
        for check in ALL_CHECKS
        if (not only or any(_matches(check, name) for name in only))
        and not any(_matches(check, name) for name in skip)
    )


def check_id(name: str, origin: str) -> None:
    """Check that ``name`` is the id of a check, or the first part of one.

    Raises:
        DeviceSettingsError: there is none; the message begins with ``origin``.
    """
    if not any(_matches(check, name) for check in ALL_CHECKS):
        raise DeviceSettingsError(
            f"{origin} can't be used: there is no check {visible(name, limit=80)!r}. "
            "`pairgrant doctor --list` shows them all."
        )


def _matches(check: Check, name: str) -> bool:
    return check.id == name or check.id.partition(".")[0] == name
