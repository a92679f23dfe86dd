"""Addresses of a server under examination; a text that is no address has empty parts instead of an error."""

from ipaddress import ip_address
from urllib.parse import SplitResult, urljoin, urlsplit

_NOTHING = SplitResult("", "", "", "", "")


def parts_of(url: str) -> SplitResult:
    """The parts of ``url``; all are empty if it is none."""
    try:
        parts = urlsplit(url)
        _ = parts.port, parts.hostname  # they are parsed only when they are read
    except ValueError:
        return _NOTHING
    return parts


def origin_of(url: str) -> str:
    """Scheme, host and port."""
    parts = parts_of(url)
    return f"{parts.scheme}://{parts.netloc}"


def target_of(base: str, reference: str) -> str:
    """The address that ``reference`` on the page ``base`` leads to; "" if it is none."""
    try:
        return urljoin(base, reference)
    except ValueError:
        return ""


def is_safe_origin(url: str) -> bool:
    """Whether requests to ``url`` can't be read on the way: https, or this machine's own loopback."""
    parts = parts_of(url)
    if parts.scheme == "https":
        return True
    host = parts.hostname or ""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
