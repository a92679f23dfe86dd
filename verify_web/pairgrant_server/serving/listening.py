"""The listening port, opened before anything else, so that a port in use is reported in one sentence."""

import errno
import socket
from typing import Any

from pairgrant_server.command_error import CommandError
from pairgrant_server.settings import Settings

_ANOTHER_PORT = "Is another server running there? Choose another one with --port (PAIRGRANT_PORT)."
_ANOTHER_HOST = (
    "Name an address of this machine with --host (PAIRGRANT_HOST), and a port that you may use with "
    "--port (PAIRGRANT_PORT)."
)


def resolved(settings: Settings) -> tuple[int, int, int, Any]:
    """Family, type and protocol of the socket, and the address of the settings' host and port.

    Raises:
        CommandError: the host is no address or known name, such as the name of an interface.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except (OSError, UnicodeError) as error:  # a label that IDNA can't encode
        raise _refusal(settings, error) from None
    return family, kind, protocol, address


def listener(settings: Settings) -> socket.socket:
    """A socket bound to the host and port of the settings.

    Raises:
        CommandError: the host is unknown, or the port is in use, or may not be used.
    """
    *kind, address = resolved(settings)
    bound = socket.socket(*kind)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind(address)
    except OSError as error:
        bound.close()
        raise _refusal(settings, error) from None
    return bound


def _refusal(settings: Settings, error: Exception) -> CommandError:
    is_taken = isinstance(error, OSError) and error.errno == errno.EADDRINUSE
    reason = getattr(error, "strerror", None) or error
    advice = _ANOTHER_PORT if is_taken else _ANOTHER_HOST
    return CommandError(f"Can't listen on {settings.host} port {settings.port} ({reason}). {advice}")
