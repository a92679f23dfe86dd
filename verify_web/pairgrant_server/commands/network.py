"""The address and the port at which a phone can reach a demo on this machine."""

import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_DOCUMENTATION_ADDRESS = ("192.0.2.1", 9)  # RFC 5737: never routed


def lan_address() -> str | None:
    """This machine's address on its network, or None if it has only loopback. Sends nothing."""
    with suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(_DOCUMENTATION_ADDRESS)  # for UDP this only selects the route
        address: str = probe.getsockname()[0]
        if not address.startswith(("127.", "0.")):
            return address
    return None


@contextmanager
def reserved_port(preferred: int) -> Iterator[int]:
    """``preferred`` if it is free, else a port that the system selects.

    On Linux no outgoing connection of another process takes the port inside the context, while a server that
    sets SO_REUSEADDR can listen on it (``socket(7)``). Elsewhere such a server could not, so it is only free.
    """
    for port in (preferred, 0):
        with suppress(OSError):
            probe = _bound(port)
            break
    else:
        raise OSError("no free port")
    with probe:
        chosen: int = probe.getsockname()[1]
        if sys.platform != "linux":
            probe.close()
        yield chosen


def _bound(port: int) -> socket.socket:
    probe = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("", port))
    except OSError:
        probe.close()
        raise
    return probe
