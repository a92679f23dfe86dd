"""Uvloop, with TLS connections that are bounded and timed from the moment when they are accepted."""

import asyncio
from collections.abc import Callable
from functools import partial
from importlib.metadata import version
from typing import Any

import structlog
import uvloop

from pairgrant_server.serving.head_rules import HEAD_SECONDS

log = structlog.get_logger()


class ServerLoop(uvloop.Loop):
    async def create_server(  # type: ignore[override]  # uvicorn needs one of its overloads
        self, make: Callable[[], asyncio.BaseProtocol], *arguments: Any, ssl: Any = None, **options: Any
    ) -> asyncio.AbstractServer:
        if ssl is not None:
            try:
                # It imports uvicorn, and a private class of uvloop that only TLS needs.
                from pairgrant_server.serving.tls_handshake import TlsHandshake  # noqa: PLC0415
            except ImportError as error:
                log.warning(
                    "unknown uvloop: TLS connections are bounded only after their handshake",
                    uvloop=version("uvloop"),
                    reason=str(error),
                )
                options |= {"ssl": ssl, "ssl_handshake_timeout": HEAD_SECONDS}
            else:
                make = partial(TlsHandshake, self, ssl, make)
        server: asyncio.AbstractServer = await super().create_server(make, *arguments, **options)
        return server
