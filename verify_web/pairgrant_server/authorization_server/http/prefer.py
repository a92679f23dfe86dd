"""What a client would like of an answer (RFC 7240), as far as it is honoured: ``Prefer: wait=N`` at the token endpoint."""

from collections.abc import Iterable

MAX_WAIT = 30
"""Seconds that an answer is held at most, whatever is preferred; proxies lose patience soon after."""


def preferred_wait(values: Iterable[bytes]) -> int:
    """Seconds that the client is ready to wait, at most ``MAX_WAIT``; 0 where no ``Prefer`` header asks for a wait.

    Of several the first counts (§2); what can't be understood is ignored.
    """
    for value in values:
        for preference in value.split(b","):
            name, _, argument = preference.partition(b";")[0].partition(b"=")
            if name.strip().lower() == b"wait":
                seconds = argument.strip().strip(b'"')
                return min(int(seconds[:9]), MAX_WAIT) if seconds.isdigit() else 0
    return 0
