"""Which addresses of this machine a phone could reach."""

import socket
from contextlib import suppress

_DOCUMENTATION_ADDRESS = ("192.0.2.1", 9)  # RFC 5737: never routed


def lan_address() -> str | None:
    """This machine's address on its network, or None where it only has loopback. Nothing is sent."""
    with suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(_DOCUMENTATION_ADDRESS)  # for UDP this only picks the route
        address: str = probe.getsockname()[0]
        if not address.startswith(("127.", "0.")):
            return address
    return None


def free_port(preferred: int) -> int:
    """``preferred`` if nobody listens there, else one that the system picks."""
    for port in (preferred, 0):
        with suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("", port))
            chosen: int = probe.getsockname()[1]
            return chosen
    raise OSError("no free port")
