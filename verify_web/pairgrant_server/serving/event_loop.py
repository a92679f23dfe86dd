"""Uvloop, with TLS connections that are bounded and timed from the moment when they are accepted."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any

import uvloop


class ServerLoop(uvloop.Loop):
    async def create_server(  # type: ignore[override]  # uvicorn needs one of its overloads
        self, make: Callable[[], asyncio.BaseProtocol], *arguments: Any, ssl: Any = None, **options: Any
    ) -> asyncio.AbstractServer:
        from pairgrant_server.serving.tls_handshake import TlsHandshake  # noqa: PLC0415 - imports uvicorn

        if ssl is not None:
            make = partial(TlsHandshake, self, ssl, make)
        server: asyncio.AbstractServer = await super().create_server(make, *arguments, **options)
        return server
