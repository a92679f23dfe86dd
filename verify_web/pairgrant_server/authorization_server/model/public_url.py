"""The one spelling of ``public_url``: issuer, cookies, CSP and the check of ``Origin`` all compare texts.

A browser writes an origin in one way (WHATWG URL, "host serializing"; RFC 6454 §6.1), and the server writes
it in the same way.
"""

import re
import socket
from ipaddress import IPv6Address
from urllib.parse import urlsplit

import idna

from pairgrant_server.errors import PairgrantServerError

_DEFAULT_PORTS = {"http": 80, "https": 443}
_VISIBLE = re.compile(r"[^\x00-\x20\x7f\\%]+")
_AUTHORITY = re.compile(r"(?:\[[^\[\]]*:[^\[\]]*\]|[^\[\]]*)(?::[0-9]*)?")
"""Brackets enclose an IPv6 address and nothing else; ``urlsplit`` drops others."""
_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_HOST = re.compile(rf"(?=.{{1,253}}$){_LABEL}(?:\.{_LABEL})*")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
"""With such a last label a browser takes a host for an IPv4 address."""

_EVERYWHERE = frozenset({"0.0.0.0", "[::]"})  # noqa: S104 - compared, not bound

_LIKE = "write it like https://pair.example, as a browser would open it"


class PublicURLError(PairgrantServerError, ValueError):
    """The text can't be the public URL; the message shows what can."""


def canonical_public_url(text: str) -> str:
    """``text`` as an issuer without a path: ``scheme://host`` with the port unless it is the default.

    Scheme and host are lower case, a name is in A-labels (RFC 5890), an IPv6 address is compressed
    (RFC 5952).

    Raises:
        PublicURLError: it is no http or https URL, or has a part that the public URL can't have.
    """
    try:
        parts = urlsplit(text)
        scheme, port, host = parts.scheme, parts.port, _canonical_host(parts.hostname or "")
    except PublicURLError:
        raise
    except ValueError:
        raise PublicURLError(_LIKE) from None
    is_origin = scheme in _DEFAULT_PORTS and _AUTHORITY.fullmatch(parts.netloc) and "@" not in parts.netloc
    if not is_origin or not _VISIBLE.fullmatch(text) or port == 0:
        raise PublicURLError(_LIKE)
    if host in _EVERYWHERE:
        raise PublicURLError(
            f"{host} only says where to listen: write the name or address that browsers open"
        )
    shown_port = "" if port in {None, _DEFAULT_PORTS[scheme]} else f":{port}"
    origin = f"{scheme}://{host}{shown_port}"
    if "?" in text or "#" in text:
        raise PublicURLError(f"it has neither a query nor a fragment: write it like {origin}")
    if parts.path.strip("/"):
        raise PublicURLError(f"the site needs a host of its own: write it without a path, like {origin}")
    return origin


def _canonical_host(host: str) -> str:
    """The host as a browser writes it.

    Raises:
        ValueError: it is not a host.
    """
    if ":" in host:
        return f"[{_canonical_ipv6(host)}]"
    try:
        name = idna.uts46_remap(host, std3_rules=False, transitional=False)
        name = name if name.isascii() else idna.encode(name).decode()
    except idna.IDNAError:
        raise PublicURLError(
            "the host is no valid name: write it as the address bar shows it, or in the form with xn--"
        ) from None
    if name.endswith("."):
        raise PublicURLError(f"write the host without the dot at its end, like {name.rstrip('.')}")
    if _NUMBER.fullmatch(name.rpartition(".")[2]):
        return _canonical_ipv4(name)
    if not _HOST.fullmatch(name):
        raise PublicURLError(_LIKE)
    return name


def _canonical_ipv4(text: str) -> str:
    """A browser opens ``127.1`` and ``0x7f000001`` as 127.0.0.1."""
    try:
        return socket.inet_ntoa(socket.inet_aton(text))
    except OSError:
        raise PublicURLError(_LIKE) from None


def _canonical_ipv6(text: str) -> str:
    address = IPv6Address(text)
    if address.scope_id is not None:
        raise PublicURLError(
            f"an address with a zone works on one machine only: write it without %{address.scope_id}"
        )
    if address.ipv4_mapped is not None:
        raise PublicURLError(f"write the IPv4 address itself: {address.ipv4_mapped}")
    return address.compressed
