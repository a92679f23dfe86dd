"""Redirect URIs (RFC 6749 §3.1.2, RFC 8252, RFC 9700 §2.1): which may be registered, and exact comparison."""

import re
from collections.abc import Iterable
from urllib.parse import SplitResult, urlsplit

from pairgrant_server.errors import PairgrantServerError

_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_PORT_AT_WILL = frozenset({"127.0.0.1", "::1"})
"""Addresses, not the name: another program may decide what ``localhost`` resolves to (RFC 8252 §8.3)."""

_PRIVATE_SCHEME = re.compile(r"[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+")
_HOST = re.compile(r"[a-z0-9._-]+|[0-9a-f:.]+")
"""A name or an address.

It becomes part of a Content Security Policy, where other characters have a meaning.
"""

_MAX_URI = 2048


class RedirectURIError(PairgrantServerError, ValueError):
    """Not an allowed redirect URI; the text says what to write instead."""


def check_redirect_uri(uri: str) -> None:
    """Return if ``uri`` may be registered.

    Allowed are https, http on the loopback interface (RFC 8252 §7.3), and private schemes that are a reverse
    domain name (RFC 8252 §7.1).

    Raises:
        RedirectURIError
    """
    parts = _split(uri)
    if parts is None:
        raise RedirectURIError(
            "it has spaces or other characters that a URI can't have, or is too long; write it like "
            "https://app.example/callback"
        )
    if "#" in uri:
        raise RedirectURIError("it has a fragment (#…), which is not allowed (RFC 6749 §3.1.2)")
    match parts.scheme:
        case "https":
            if not parts.netloc or "@" in parts.netloc:
                raise RedirectURIError("write it like https://app.example/callback")
        case "http":
            if parts.hostname not in _LOOPBACK or "@" in parts.netloc:
                raise RedirectURIError(
                    "plain http is for this machine alone: write http://127.0.0.1/callback, or use https"
                )
        case scheme:
            if not _PRIVATE_SCHEME.fullmatch(scheme) or parts.netloc or not parts.path.startswith("/"):
                raise RedirectURIError(
                    "an app's own scheme is a reverse domain name, with one slash: com.example.app:/callback"
                )


def is_registered(uri: str, registered: Iterable[str]) -> bool:
    """Whether ``uri`` is one of ``registered``, character for character.

    A loopback address may have any port.
    """
    known = tuple(registered)
    if uri in known:
        return True
    portless = _without_port(uri)
    return portless is not None and any(portless == _without_port(one) for one in known)


def _without_port(uri: str) -> str | None:
    """A loopback redirect URI of a native app without its port (RFC 8252 §7.3); None for any other URI."""
    parts = _split(uri)
    if parts is None or parts.scheme != "http" or "@" in parts.netloc or "#" in uri:
        return None
    if parts.hostname not in _PORT_AT_WILL or not uri.startswith("http://"):
        return None
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    port = "" if parts.port is None else f":{parts.port}"
    if parts.netloc != host + port:
        return None
    return f"http://{host}{uri[len('http://') + len(parts.netloc) :]}"


def _split(uri: str) -> SplitResult | None:
    try:
        parts = urlsplit(uri)
        usable = parts.port is None or parts.port > 0
    except ValueError:
        return None
    usable = usable and (not parts.netloc or bool(_HOST.fullmatch(parts.hostname or "")))
    printable = all("!" <= character <= "~" for character in uri)
    return parts if usable and printable and "\\" not in uri and len(uri) <= _MAX_URI else None
