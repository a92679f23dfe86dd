"""Client preferences (RFC 7240): ``Prefer: wait=N`` at the token endpoint."""

from collections.abc import Iterable

MAX_WAIT = 30
"""Seconds that a response is held at most; proxies time out soon after."""


def preferred_wait(values: Iterable[bytes]) -> int:
    """Seconds that the client is ready to wait, at most ``MAX_WAIT``; 0 without such a preference.

    The first of several counts (§2); unknown preferences are ignored.
    """
    for value in values:
        for preference in value.split(b","):
            name, _, argument = preference.partition(b";")[0].partition(b"=")
            if name.strip().lower() == b"wait":
                seconds = argument.strip().strip(b'"')
                return min(int(seconds[:9]), MAX_WAIT) if seconds.isdigit() else 0
    return 0
