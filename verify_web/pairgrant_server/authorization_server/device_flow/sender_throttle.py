"""Reports of three people within an hour stop new codes for their sender for a day (RFC 10027: rate limits).

An account counts once, and so does the network of people who are not signed in, because one person can
report many codes: those on a screen, or their own. Pure.
"""

from collections.abc import Iterable, Sequence
from itertools import islice

from pairgrant_server.authorization_server.model.risk_records import Report

REPORTERS_THAT_THROTTLE = 3
THROTTLE_WINDOW = 3600.0
"""Seconds in which so many reporters throttle."""

THROTTLED_FOR = 86_400.0
"""Seconds from the report that throttled."""

REPORTS_LAST = THROTTLE_WINDOW + THROTTLED_FOR
"""Seconds after which a report has no effect any more."""


def throttled_until(reports: Sequence[Report]) -> float | None:
    """Until when (Unix time) a sender gets no codes; None: it does. ``reports`` are the oldest first."""
    until: float | None = None
    last_of: dict[str, float] = {}  # by reporter, the one who reported last at the end
    for report in reports:
        reporter = report.user_id or report.reporter_network
        last_of.pop(reporter, None)
        last_of[reporter] = report.created_at
        earliest = next(islice(reversed(last_of.values()), REPORTERS_THAT_THROTTLE - 1, None), None)
        if earliest is not None and report.created_at - earliest <= THROTTLE_WINDOW:
            until = report.created_at + THROTTLED_FOR
    return until


def weight(reports: Iterable[Report]) -> int:
    """How many reporters count as evidence against a sender.

    Each account does. Of the networks of people who are not signed in the first doesn't, because a single
    passer-by could stop everyone under ``strict``.
    """
    accounts, networks = set(), set()
    for report in reports:
        if report.user_id is None:
            networks.add(report.reporter_network)
        else:
            accounts.add(report.user_id)
    return len(accounts) + max(len(networks) - 1, 0)
