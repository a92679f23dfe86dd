"""One log line a request to the site; user codes in paths are masked, and queries are left out.

A request that a limit refused has none: it is a security event, of which many are counted in one line.
"""

import re
import time
from collections.abc import Callable

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pairgrant_protocol.user_code import InvalidUserCodeError, normalize
from pairgrant_protocol.visible_text import visible
from pairgrant_server.request_id import HEADER, begin, request_id

log = structlog.get_logger()

_TOO_MANY_REQUESTS = 429

_COMPLETE = re.compile(r"(/d/).*", re.DOTALL | re.IGNORECASE)


def masked_path(path: str) -> str:
    """``path`` as it may be logged: one visible line, with every user_code masked."""
    segments = _COMPLETE.sub(r"\1***", path).split("/")
    return visible("/".join("***" if _is_code(segment) else segment for segment in segments))


def _is_code(segment: str) -> bool:
    try:
        normalize(segment)
    except InvalidUserCodeError:
        return False
    return True


class AccessLog:
    def __init__(self, app: ASGIApp, *, timer: Callable[[], float] = time.perf_counter) -> None:
        self.app = app
        self._timer = timer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began = self._timer()
        status = 0
        # Made here, because NiceGUI builds a page in a task of its own.
        begin()
        header = (HEADER, (request_id() or "").encode())

        async def send_noting_status(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message = {**message, "headers": [*message["headers"], header]}
            await send(message)

        try:
            await self.app(scope, receive, send_noting_status)
        finally:
            if status != _TOO_MANY_REQUESTS:
                log.info(
                    "page requested",
                    method=visible(scope["method"], limit=20),
                    path=masked_path(scope["path"]),
                    status=status,
                    milliseconds=round((self._timer() - began) * 1000, 1),
                )
