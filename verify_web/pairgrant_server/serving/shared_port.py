"""One port for the listening sockets of all workers (SO_REUSEPORT)."""

import socket
from typing import Any


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


def share(bound: socket.socket) -> SharedPort:
    """Allow the other processes of this server to bind to the port of ``bound``, which itself never listens.

    It is shared only after it was bound exclusively, which shows that no other program uses the port.
    """
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    return SharedPort(bound.family, bound.getsockname())
