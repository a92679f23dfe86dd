"""The address and the port at which a phone can reach a demo on this machine."""

import socket
from contextlib import suppress

_DOCUMENTATION_ADDRESS = ("192.0.2.1", 9)  # RFC 5737: never routed


def lan_address() -> str | None:
    """This machine's address on its network, or None if it has only loopback. Sends nothing."""
    with suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(_DOCUMENTATION_ADDRESS)  # for UDP this only selects the route
        address: str = probe.getsockname()[0]
        if not address.startswith(("127.", "0.")):
            return address
    return None


def free_port(preferred: int) -> int:
    """``preferred`` if it is free, else a port that the system selects."""
    for port in (preferred, 0):
        with suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("", port))
            chosen: int = probe.getsockname()[1]
            return chosen
    raise OSError("no free port")
