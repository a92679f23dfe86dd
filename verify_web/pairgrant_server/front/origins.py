"""Where a request comes from: a browser says so in ``Origin``, and failing that in ``Sec-Fetch-Site`` or ``Referer``."""

from collections.abc import Iterable
from urllib.parse import urlsplit

_DEFAULT_PORTS = {"http": 80, "https": 443}


def origin_of(url: str) -> str | None:
    """``scheme://host[:port]`` of a URL, as a browser writes it; None where it has no origin to speak of."""
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

    A request that carries none of the three headers comes from no browser of this decade; the CSRF token judges it.
    """
    said: dict[bytes, bytes] = {}
    for name, value in headers:
        if name in {b"origin", b"sec-fetch-site", b"referer"}:
            if name in said:
                return True
            said[name] = value
    if b"origin" in said:
        return said[b"origin"].decode("latin-1") != own_origin
    if b"sec-fetch-site" in said:
        return said[b"sec-fetch-site"] != b"same-origin"
    if b"referer" in said:
        return origin_of(said[b"referer"].decode("latin-1")) != own_origin
    return False
