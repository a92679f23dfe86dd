"""Uvloop, with less patience for TLS handshakes: 60 s by default, and uvicorn passes no other value on."""

import asyncio
from typing import Any

import uvloop

from pairgrant_server.serving.head_rules import HEAD_SECONDS

_CLOSE_SECONDS = 5.0


class ServerLoop(uvloop.Loop):
    async def create_server(  # type: ignore[override]  # uvicorn needs one of its overloads
        self, *arguments: Any, ssl: Any = None, **options: Any
    ) -> asyncio.AbstractServer:
        if ssl is not None:
            options = {
                "ssl_handshake_timeout": HEAD_SECONDS,
                "ssl_shutdown_timeout": _CLOSE_SECONDS,
                **options,
                "ssl": ssl,
            }
        server: asyncio.AbstractServer = await super().create_server(*arguments, **options)
        return server
