"""Uvicorn's websocket protocol with a budget of raw bytes.

The gate of the site counts messages. Pings, empty fragments and the like never become messages, but uvicorn
keeps or answers each of them.
"""

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

BYTES_PER_MINUTE = 262_144
"""Four times what the gate allows in messages, and all of a handshake."""

_WINDOW = 60.0


class BoundedWebSocket(WebSocketsSansIOProtocol):
    _window_began = float("-inf")
    _window_bytes = 0

    def data_received(self, data: bytes) -> None:
        now = self.loop.time()
        if now - self._window_began >= _WINDOW:
            self._window_began, self._window_bytes = now, 0
        self._window_bytes += len(data)
        if self._window_bytes > BYTES_PER_MINUTE:
            self.transport.abort()
            return
        try:
            super().data_received(data)
        except Exception:  # noqa: BLE001 - a malformed handshake; uvicorn would leave the connection open
            self.transport.abort()
