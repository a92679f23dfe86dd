"""The listening port, opened before anything else, so that a port in use is reported in one sentence."""

import errno
import socket
from typing import Any

from pairgrant_server.command_error import CommandError
from pairgrant_server.settings import Settings


def listener(settings: Settings) -> socket.socket:
    """A socket bound to the host and port of the settings.

    Raises:
        CommandError: the port is in use, or may not be used.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        bound = socket.socket(family, kind, protocol)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            bound.bind(address)
        except OSError:
            bound.close()
            raise
    except OSError as error:
        advice = (
            "Is another server running there? Choose another one with --port."
            if error.errno == errno.EADDRINUSE
            else "Name an address of this machine with --host, and a port that you may use with --port."
        )
        reason = error.strerror or error
        raise CommandError(
            f"Can't listen on {settings.host} port {settings.port} ({reason}). {advice}"
        ) from None
    return bound


def shared(bound: socket.socket) -> "SharedPort":
    """Allow the other processes of this server to bind to the port of ``bound``, which itself never listens.

    It is shared only after it was bound exclusively, which shows that no other program uses the port.
    """
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    return SharedPort(bound.family, bound.getsockname())


class SharedPort:
    """A port on which every worker has its own listening socket; the kernel distributes the connections.

    With one socket for all, the first worker that wakes would accept a whole burst of connections, and keep
    them.
    """

    def __init__(self, family: socket.AddressFamily, address: Any) -> None:
        self._family = family
        self._address = address

    def listener(self) -> socket.socket:
        one = socket.socket(self._family, socket.SOCK_STREAM)
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        one.bind(self._address)
        return one
