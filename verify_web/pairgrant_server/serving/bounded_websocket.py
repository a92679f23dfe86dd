"""Uvicorn's websocket protocol with a budget of raw bytes, and of time for a client to read and to close.

The gate of the site counts messages. Pings, empty fragments and the like never become messages, but uvicorn
keeps or answers each of them.
"""

import asyncio
from typing import cast

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import CloseCode

from pairgrant_server.serving.head_rules import WRITE_SECONDS

BYTES_PER_MINUTE = 262_144
"""Four times what the gate allows in messages, and all of a handshake."""

CLOSE_SECONDS = 1.0
"""For a client to confirm that its socket is closed; uvicorn waits for ten."""

_WINDOW = 60.0


class BoundedWebSocket(WebSocketsSansIOProtocol):
    _window_began = float("-inf")
    _window_bytes = 0
    _write_timer: asyncio.TimerHandle | None = None
    """Runs while the client does not read."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # Without a buffer that counts as empty, a client that reads nothing at all is noticed.
        cast("asyncio.Transport", transport).set_write_buffer_limits(high=0)
        super().connection_made(transport)
        self.close_timeout = CLOSE_SECONDS

    def send_receive_event_to_app(self) -> None:
        if self.curr_msg_data_type == "text" and not self.close_sent and not _is_utf8(b"".join(self.frames)):
            self.frames = []
            self.conn.send_close(CloseCode.INVALID_DATA)  # uvicorn would log a traceback
            self.handle_parser_exception()
            return
        super().send_receive_event_to_app()

    def connection_lost(self, exc: Exception | None) -> None:
        self._expect_no_reading()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._expect_no_reading()
        self._write_timer = self.loop.call_later(WRITE_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        self._expect_no_reading()
        super().resume_writing()

    def _expect_no_reading(self) -> None:
        if self._write_timer is not None:
            self._write_timer.cancel()
            self._write_timer = None

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


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True
