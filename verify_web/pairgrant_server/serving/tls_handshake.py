"""A connection on which TLS is not yet agreed: counted from the moment when it was accepted.

Uvloop tells a protocol of its connection only after the handshake. Until then a stranger would hold sockets,
and 256 KiB of buffer for each, that no bound counts.
"""

import asyncio
import ssl
from collections.abc import Callable
from typing import cast

from uvloop.loop import SSLProtocol  # type: ignore[attr-defined]  # not in its stubs

from pairgrant_server.serving.bounded_protocol import BoundedProtocol, is_admitted
from pairgrant_server.serving.head_rules import HEAD_SECONDS

_CLOSE_SECONDS = 5.0


class TlsHandshake(asyncio.Protocol):
    """Admits a connection as a silent one, then passes it to TLS, which passes it to ``make()``."""

    transport: asyncio.Transport

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        context: ssl.SSLContext,
        make: Callable[[], asyncio.BaseProtocol],
    ) -> None:
        self._loop = loop
        self._context = context
        self._protocol = cast("BoundedProtocol", make())

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        peer = transport.get_extra_info("peername")
        if not is_admitted(self, str(peer[0]) if peer else "unknown", self._protocol.open_connections):
            self.transport.abort()
            return
        self._protocol.handshake = self
        has_ended = self._loop.create_future()
        has_ended.add_done_callback(self._end)
        tls = SSLProtocol(
            self._loop,
            self._protocol,
            self._context,
            has_ended,
            server_side=True,
            ssl_handshake_timeout=HEAD_SECONDS,
            ssl_shutdown_timeout=_CLOSE_SECONDS,
        )
        self.transport.set_protocol(tls)
        tls.connection_made(self.transport)

    def _end(self, has_ended: asyncio.Future[None]) -> None:
        """The handshake is complete or has failed, which says nothing that an operator could use."""
        has_ended.exception()
        self._protocol.open_connections.release(self)
