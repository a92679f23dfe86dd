"""The baseline: an ASGI app that reads the body and returns constants, on the same uvicorn and settings.

``python -m benchmarks.subjects.bare_app PORT FILE``; the file has the responses, as ``captured.py`` writes
them.
"""

import asyncio
import json
import socket
import sys
from pathlib import Path
from typing import Any

import uvicorn
import uvloop

Response = tuple[dict[str, Any], dict[str, Any]]


class BareApp:
    """Returns what Pairgrant returned for this path and grant type, byte for byte."""

    def __init__(self, responses: dict[str, Response]) -> None:
        self._responses = responses
        self._pending = responses.pop("pending")

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        body = b""
        more = True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        is_pending = body.endswith(b"=pending")
        start, end = self._pending if is_pending else self._responses.get(scope["path"], self._pending)
        await send(start)
        await send(end)


def _responses(file: Path) -> dict[str, Response]:
    return {
        path: (
            {
                "type": "http.response.start",
                "status": response["status"],
                "headers": [(name.encode(), value.encode()) for name, value in response["headers"]],
            },
            {"type": "http.response.body", "body": response["body"].encode()},
        )
        for path, response in json.loads(file.read_text()).items()
    }


async def _serve(listener: socket.socket, responses: dict[str, Response]) -> None:
    config = uvicorn.Config(
        BareApp(responses),
        http="httptools",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        backlog=2048,
    )
    await uvicorn.Server(config).serve(sockets=[listener])


if __name__ == "__main__":
    listening = socket.create_server(("127.0.0.1", int(sys.argv[1])))
    with asyncio.Runner(loop_factory=uvloop.Loop) as runner:
        runner.run(_serve(listening, _responses(Path(sys.argv[2]))))
