"""The one spelling of ``host``, the address to listen on."""

import re
import socket

from pairgrant_server.authorization_server.model.addresses import parsed_address
from pairgrant_server.errors import PairgrantServerError

_SHORT_IPV4 = re.compile(r"(?:[0-9]+|0x[0-9a-f]+)(?:\.(?:[0-9]+|0x[0-9a-f]+)){0,3}")
_WITH_PORT = re.compile(r"(?P<host>[^:\[\]]*|\[[^\[\]]*\]):(?P<port>[0-9]+)")
_NAME = re.compile(r"[^\s/:*?#@\[\]\\]+")


class ListeningHostError(PairgrantServerError, ValueError):
    """The text can't be the host; the message shows what can."""


def canonical_host(text: str) -> str:
    """``text`` as an address, or as a name in lower case.

    A mapped IPv4 address becomes IPv4, as do ``127.1`` and ``0``; IPv6 is compressed and without brackets.

    Raises:
        ListeningHostError: it is neither an address nor a name.
    """
    host = text.strip().lower()
    address = parsed_address(host[1:-1] if host.startswith("[") and host.endswith("]") else host)
    if address is not None:
        return str(address)
    if _SHORT_IPV4.fullmatch(host):
        try:
            return socket.inet_ntoa(socket.inet_aton(host))
        except OSError:
            raise ListeningHostError(f"{text!r} is no address; write it like 127.0.0.1") from None
    with_port = _WITH_PORT.fullmatch(host)
    if with_port is not None:
        raise ListeningHostError(
            f"{text!r} has a port: write --host {with_port['host'] or '0.0.0.0'} --port {with_port['port']}"  # noqa: S104 - a text
        )
    if not _NAME.fullmatch(host):
        raise ListeningHostError(
            f"{text!r} is no address or name; write it like 127.0.0.1 or ::1, or 0.0.0.0 or :: for all"
        )
    return host
