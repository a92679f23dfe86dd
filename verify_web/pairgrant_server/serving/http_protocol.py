"""Choose the protocol class that uvicorn serves with, after a check of the installed uvicorn.

``InlineProtocol`` overrides private parts of uvicorn. With a uvicorn that it does not fit, every POST to an
OAuth endpoint could fail; so a few requests go through it in memory before the server listens.
"""

import asyncio
import logging
from contextlib import suppress
from importlib.metadata import version
from typing import Any

import structlog
import uvicorn

from pairgrant_server.errors import PairgrantServerError
from pairgrant_server.serving.bounded_protocol import Connections, bounded_protocol
from pairgrant_server.serving.open_connections import OpenConnections

log = structlog.get_logger()

_PROBE_SECONDS = 5.0
_PATH = "/probe"
_HEAD = b"POST %s HTTP/1.1\r\nhost: probe\r\ncontent-length: 5\r\n\r\n"
_OK = b"HTTP/1.1 200 "
_SILENT = logging.getLogger("pairgrant probe")  # the warning below says what failed
_SILENT.disabled = True


class _UnknownUvicornError(PairgrantServerError):
    """The installed uvicorn does not work with the inline protocol."""


async def http_protocol(paths: frozenset[str], connections: Connections) -> type[asyncio.Protocol]:
    """The value for ``uvicorn.Config(http=...)``: inline for POST to ``paths`` if uvicorn allows it."""
    try:
        await _probe()
        from pairgrant_server.serving.inline_protocol import inline_protocol  # noqa: PLC0415 - may not import
    except Exception as error:  # noqa: BLE001 - an unknown uvicorn can fail in any way
        log.warning(
            "unknown uvicorn: serving with its own HTTP protocol, which is slower",
            uvicorn=version("uvicorn"),
            reason=f"{type(error).__name__}: {error}",
        )
        return bounded_protocol(connections)
    return inline_protocol(paths, connections)


async def _probe() -> None:
    """Send requests through the inline protocol in memory: immediate, waiting, in two parts, and not inline.

    Raises:
        Exception: of any kind; the installed uvicorn does not fit.
    """
    from uvicorn.server import ServerState  # noqa: PLC0415 - may not import

    from pairgrant_server.serving.inline_protocol import inline_protocol  # noqa: PLC0415 - may not import

    config = uvicorn.Config(_respond, ws="none", lifespan="off", log_config=None)
    made = inline_protocol(frozenset({_PATH}), OpenConnections())
    protocol = made(config, ServerState(), {}, asyncio.get_running_loop())
    protocol.logger = _SILENT
    transport = _MemoryTransport()
    protocol.connection_made(transport)
    inline, ordinary = (_HEAD % path for path in (_PATH.encode(), b"/other"))
    for reads, body in (
        ((inline + b"first",), b"first"),
        ((inline + b"waits",), b"waits"),
        ((inline + b"in", b"two"), b"intwo"),
        ((ordinary + b"other",), b"other"),
        ((inline + b"again",), b"again"),
    ):
        for read in reads:
            protocol.data_received(read)
        await transport.expect_response(body)
    protocol.connection_lost(None)


async def _respond(_scope: Any, receive: Any, send: Any) -> None:
    """An application that returns the body; a body that starts with ``waits`` only after a wait."""
    body = b""
    more_body = True
    while more_body:
        message = await receive()
        body, more_body = body + message["body"], message["more_body"]
    if body.startswith(b"waits"):
        await asyncio.sleep(0)
    headers = [(b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


class _MemoryTransport(asyncio.Transport):
    def __init__(self) -> None:
        super().__init__()
        self._written = b""
        self._is_closing = False
        self._changed = asyncio.Event()

    async def expect_response(self, body: bytes) -> None:
        """Wait for one whole response.

        Raises:
            _UnknownUvicornError: it is not 200 with ``body``, or does not come in time.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(_PROBE_SECONDS):
                while self._may_become(body):
                    self._changed.clear()
                    await self._changed.wait()
        written, self._written = self._written, b""
        if not (written.startswith(_OK) and written.endswith(b"\r\n\r\n" + body) and written.count(_OK) == 1):
            raise _UnknownUvicornError(f"the response to a probe request was {written!r}")

    def _may_become(self, body: bytes) -> bool:
        """Whether what is written so far is the beginning of a response with ``body``."""
        is_ok = not self._written or self._written.startswith(_OK)
        return is_ok and not self._is_closing and not self._written.endswith(b"\r\n\r\n" + body)

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self._written += bytes(data)
        self._changed.set()

    def is_closing(self) -> bool:
        return self._is_closing

    def close(self) -> None:
        self._is_closing = True
        self._changed.set()

    def pause_reading(self) -> None: ...
    def resume_reading(self) -> None: ...
