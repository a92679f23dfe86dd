"""What the browser of a live page may send over its websocket; pure decisions, ahead of NiceGUI.

A page sends pongs, one CONNECT, and acknowledgements of what it received. Socket.IO itself collects binary
attachments and queues events before any handler sees them, from anyone who can open a socket.
"""

from typing import Any
from urllib.parse import parse_qs

from pairgrant_server.authorization_server.jose.strict_json import StrictJSONError, strict_value

MAX_FRAME_BYTES = 4096
FRAMES_PER_MINUTE = 300
BYTES_PER_MINUTE = 65_536
_WINDOW = 60.0

CONNECT_SECONDS = 10.0
"""Until the server has confirmed CONNECT, which needs the id of a live page."""

CONNECTED = "40"
CONNECT_REFUSED = "44"
"""How the server's packets begin that answer CONNECT (Engine.IO message, Socket.IO packet type)."""

_ENGINE_PONG, _ENGINE_CLOSE = "3", "1"
_CONNECT, _DISCONNECT, _EVENT = "40", "41", "42"


def may_open(query: bytes) -> bool:
    """Whether a socket names one page, and asks for nothing but a websocket of its own.

    Without ``implicit_handshake``, NiceGUI would accept CONNECT before it knows a page.
    """
    found = parse_qs(query.decode("latin-1"), keep_blank_values=True)
    return (
        found.get("EIO") == ["4"]
        and found.get("transport") == ["websocket"]
        and "sid" not in found
        and found.get("implicit_handshake") == ["true"]
        and len(found.get("client_id", ())) == 1
    )


class FrameBudget:
    """Judges the frames of one socket, in order."""

    def __init__(self) -> None:
        self._has_sent_connect = False
        self._window_began = float("-inf")
        self._frames = 0
        self._bytes = 0

    def allows(self, frame: str | bytes | None, now: float) -> bool:
        """Whether the next frame is passed on, at ``now`` (seconds, monotonic)."""
        if not isinstance(frame, str) or not self._has_room_for(frame, now):
            return False
        if frame in {_ENGINE_PONG, _ENGINE_CLOSE}:
            return True
        packet, payload = frame[:2], frame[2:]
        if packet == _CONNECT:
            is_first, self._has_sent_connect = not self._has_sent_connect, True
            return is_first and (not payload or _is_json(payload, dict))
        if not self._has_sent_connect:
            return False
        return _is_json(payload, list) if packet == _EVENT else frame == _DISCONNECT

    def _has_room_for(self, frame: str, now: float) -> bool:
        if now - self._window_began >= _WINDOW:
            self._window_began, self._frames, self._bytes = now, 0, 0
        size = len(frame.encode())
        self._frames += 1
        self._bytes += size
        return (
            size <= MAX_FRAME_BYTES and self._frames <= FRAMES_PER_MINUTE and self._bytes <= BYTES_PER_MINUTE
        )


def _is_json(payload: str, kind: type[dict[str, Any]] | type[list[Any]]) -> bool:
    """Whether ``payload`` is strict JSON of ``kind``; Socket.IO would raise where it is none."""
    try:
        return isinstance(strict_value(payload.encode(), limit=MAX_FRAME_BYTES), kind)
    except (StrictJSONError, UnicodeEncodeError):
        return False
