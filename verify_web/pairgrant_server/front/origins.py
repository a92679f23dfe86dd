"""The origin of a request, by ``Origin``, else ``Sec-Fetch-Site``, else ``Referer``."""

from collections.abc import Iterable
from urllib.parse import urlsplit

_DEFAULT_PORTS = {"http": 80, "https": 443}


def origin_of(url: str) -> str | None:
    """``scheme://host[:port]`` of a URL, as a browser writes it; None if the URL has no such origin."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in _DEFAULT_PORTS or not parts.hostname:
        return None
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    shown_port = "" if port in {None, _DEFAULT_PORTS[parts.scheme]} else f":{port}"
    return f"{parts.scheme}://{host}{shown_port}"


def is_foreign(headers: Iterable[tuple[bytes, bytes]], own_origin: str) -> bool:
    """Whether another site made the browser send this request.

    A request without any of the three headers is not from a current browser; the CSRF token still protects
    it.
    """
    found: dict[bytes, bytes] = {}
    for name, value in headers:
        if name in {b"origin", b"sec-fetch-site", b"referer"}:
            if name in found:
                return True
            found[name] = value
    if b"origin" in found:
        return found[b"origin"].decode("latin-1") != own_origin
    if b"sec-fetch-site" in found:
        return found[b"sec-fetch-site"] != b"same-origin"
    if b"referer" in found:
        return origin_of(found[b"referer"].decode("latin-1")) != own_origin
    return False
