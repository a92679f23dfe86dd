"""What a browser says about how it came to a page (Fetch Metadata Request Headers). Pure.

``none`` is what a camera or a keyboard gives, and also a link in a mail program whose server redirects: it
proves nothing. ``cross-site`` warns, and survives a reload.
"""

from collections.abc import Mapping

from pairgrant_server.authorization_server.risk.evidence import CameFrom


def came_from(headers: Mapping[str, str]) -> CameFrom:
    """By ``Sec-Fetch-Site``, which older browsers don't send."""
    site = headers.get("sec-fetch-site")
    if site is None:
        return CameFrom.UNKNOWN
    return CameFrom.CROSS_SITE if site == "cross-site" else CameFrom.DIRECT


def is_prefetch(headers: Mapping[str, str]) -> bool:
    """Whether no person has asked for the page yet (``Sec-Purpose: prefetch;prerender``)."""
    return "prefetch" in headers.get("sec-purpose", "")
