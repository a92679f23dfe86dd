"""The listening port, opened before anything else, so that a port in use is reported in one sentence."""

import errno
import socket

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
